import type { JsonObject, ResolvedImage } from '../contract';
import type { RunningContainer } from '../tasks/runtime';

/** What the engine remembers. All times are epoch milliseconds; the views turn them into AWS's seconds. */

export type Tags = Map<string, string>;

export type Times<Name extends string> = { createdAt: number } & Partial<Record<Name, number>>;

export interface Cluster {
  name: string;
  arn: string;
  settings: JsonObject;
  tags: Tags;
}

export interface TaskDefinition {
  arn: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  /** What RegisterTaskDefinition was sent, with AWS's defaults and members, and every field that nobody knows. */
  body: JsonObject;
  containers: JsonObject[];
  deregisteredAt?: number;
  tags: Tags;
}

/** A task definition with its tags resolved to digests, once: what a service deployment brings out. */
export interface ServiceRevision {
  arn: string;
  service: Service;
  taskDefinition: TaskDefinition;
  /** The service's members that are part of a revision (load balancers and so on), verbatim. */
  settings: JsonObject;
  /** By container name; empty until a task first pulls. */
  images: Map<string, ResolvedImage>;
  createdAt: number;
}

type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

/** One request to bring out a revision, with the way back when that was needed: what ListServiceDeployments lists. */
export interface ServiceDeployment {
  arn: string;
  service: Service;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  sources: ServiceRevision[];
  target: ServiceRevision;
  rollback?: { reason: string; startedAt: number; revision: ServiceRevision };
  times: Times<'startedAt' | 'finishedAt' | 'stoppedAt' | 'updatedAt'>;
}

/** One entry of a service's `deployments[]`. A rollback is an entry of its own within the same service deployment. */
export interface Deployment {
  id: string;
  revision: ServiceRevision;
  serviceDeployment: ServiceDeployment;
  status: 'PRIMARY' | 'ACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  isRollback: boolean;
  /** Failures in a row: what `failedTasks` shows and the circuit breaker counts. */
  failedTasks: number;
  /** Failures since a task was last healthy, in a rollout or not: sets the wait before the next start. */
  restarts: number;
  /** No task starts before this time. */
  notBefore: number;
  times: Times<'updatedAt'>;
}

export interface Service {
  name: string;
  arn: string;
  cluster: Cluster;
  desiredCount: number;
  /** What Create- and UpdateService were sent, verbatim, apart from what has a member of its own here. */
  settings: JsonObject;
  /** The PRIMARY first; all three lists newest first. */
  deployments: Deployment[];
  serviceDeployments: ServiceDeployment[];
  lastCompleted?: { deploymentId: string; revision: ServiceRevision };
  events: { id: string; createdAt: number; message: string }[];
  steady: boolean;
  createdAt: number;
  tags: Tags;
}

export type TaskStatus =
  'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

export type StopCode = 'TaskFailedToStart' | 'EssentialContainerExited' | 'UserInitiated' | 'ServiceSchedulerInitiated';

export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';

export interface Container {
  arn: string;
  name: string;
  definition: JsonObject;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  imageDigest?: string;
  exitCode?: number;
  reason?: string;
  healthStatus: HealthStatus;
  running?: RunningContainer;
}

export interface Task {
  id: string;
  arn: string;
  revision: ServiceRevision;
  /** A rollback adopts running tasks of its revision: then this is not `startedBy` any more. */
  deployment: Deployment;
  startedBy: string;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  stopCode?: StopCode;
  stoppedReason?: string;
  containers: Container[];
  /** Aborted when the task is to stop; every wait of its life ends then. */
  stop: AbortController;
  /** Until STOPPED. */
  life: Promise<void>;
  /** What the scheduler has taken note of. */
  seenHealthy: boolean;
  seenStopping: boolean;
  times: Times<'pullStartedAt' | 'pullStoppedAt' | 'startedAt' | 'stoppingAt' | 'executionStoppedAt' | 'stoppedAt'>;
}

/** Wanted, and not on its way out. */
export function isAlive(task: Task): boolean {
  return task.desiredStatus === 'RUNNING';
}
