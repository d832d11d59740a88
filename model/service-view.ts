/** What one look at ECS saw, in plain JSON: the input of every decision about a service. Times are milliseconds since the epoch. */

export interface ServiceView {
  service: string;
  cluster: string;
  region: string;
  /** `ACTIVE`, `DRAINING` or `INACTIVE`. */
  status: string;
  controller: string;
  strategy: string;
  desiredCount: number;
  runningCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  breaker: { enabled: boolean; rollback: boolean };
  deployments: DeploymentView[];
  /** ARN that the service itself names, when it does. */
  currentServiceDeploymentArn?: string;
  /** Newest first. */
  events: string[];
}

export interface DeploymentView {
  /** `ecs-svc/…` */
  id: string;
  /** `PRIMARY` (the newest), `ACTIVE` (being replaced), or others that only linger. */
  status: string;
  taskDefinitionArn: string;
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`; absent behind a classic load balancer. */
  rolloutState?: string;
  rolloutReason?: string;
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
  failedTasks: number;
  createdAt: number;
}

export interface ServiceDeploymentView {
  arn: string;
  status: string;
  statusReason?: string;
  createdAt: number;
  targetRevisionArn?: string;
  targetTaskDefinitionArn?: string;
  rollback?: { reason?: string; revisionArn?: string; taskDefinitionArn?: string };
}

export interface TaskView {
  arn: string;
  taskDefinitionArn: string;
  /** The `ecs-svc/…` id of the deployment that started it. */
  startedBy?: string;
  lastStatus: string;
  stopCode?: string;
  stoppedReason?: string;
  containers: ContainerView[];
  /** The last lines that the container that matters wrote, when somebody read them. */
  logTail?: string[];
}

export interface ContainerView {
  name: string;
  lastStatus: string;
  exitCode?: number;
  reason?: string;
  digest?: string;
}

/** Service deployment states that will change by themselves. Source: ECS API, ServiceDeploymentStatus. */
const MOVING = new Set(['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']);

export function isMoving(deployment: ServiceDeploymentView | undefined): boolean {
  return deployment !== undefined && MOVING.has(deployment.status);
}

export function primaryOf(service: ServiceView): DeploymentView | undefined {
  return service.deployments.find(({ status }) => status === 'PRIMARY');
}

/**
 * Whether anything still rolls: `settled` on the primary, `moving`, or `stuck` (a rollout that failed and that nobody
 * takes back). `newest` is the service's newest service deployment, if there is one.
 */
export function motionOf(
  service: ServiceView,
  newest: ServiceDeploymentView | undefined,
): 'settled' | 'moving' | 'stuck' {
  const primary = primaryOf(service);
  if (primary === undefined || isMoving(newest)) return 'moving';
  switch (primary.rolloutState) {
    case 'COMPLETED':
      return 'settled';
    case 'FAILED':
      return 'stuck';
    case undefined: {
      const alone = service.deployments.length === 1;
      return alone && primary.runningCount === primary.desiredCount ? 'settled' : 'moving';
    }
    default:
      return 'moving';
  }
}

/** `family:revision` of a task definition's ARN, for people. */
export function revisionName(taskDefinitionArn: string): string {
  return taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1);
}

/** The family of a task definition: its name without the revision's number. */
export function familyOf(taskDefinitionArn: string): string {
  return revisionName(taskDefinitionArn).replace(/:\d+$/, '');
}

/** The id at the end of a task's ARN. */
export function taskId(taskArn: string): string {
  return taskArn.slice(taskArn.lastIndexOf('/') + 1);
}
