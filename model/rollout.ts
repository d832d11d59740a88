import type { DeploymentView, ServiceDeploymentView, ServiceView, TaskView } from './service-view';
import { primaryOf, revisionName } from './service-view';
import { describeStop, meaningOfStop } from './stopped-task';
import type { RolloutEnd, ServiceDeploymentRef } from './target';

/** Looks in a row with another primary before ours counts as replaced: ECS's answers may lag behind its writes. */
const LOOKS_UNTIL_REPLACED = 3;
const NO_REASON = 'it gave no reason';

/** One look at a rollout of ours. */
export interface RolloutSnapshot {
  /** Null where ECS knows no such service. */
  service: ServiceView | null;
  /** Our service deployment; null while its ARN is unknown, and on services older than service deployments. */
  ours: ServiceDeploymentView | null;
  /** All tasks of the service that ECS still shows, stopped ones too. */
  tasks: TaskView[];
  /** Digests that ECS pinned for our revision, by container: for tasks that do not tell their own. */
  revisionDigests: Record<string, string>;
}

/** What is asked of a rollout. */
export interface RolloutQuestion {
  deployment: ServiceDeploymentRef;
  container: string;
  /** Digests that prove our image: its own and, of an index, those that it lists. Null where none is asked for. */
  digests: string[] | null;
  failAfterStops: number;
  allowZeroTasks: boolean;
}

/** What later looks need of earlier ones. Rebuilt from nothing when a worker dies: ECS shows stopped tasks for an hour. */
export interface RolloutMemory {
  /** Looks in a row in which our deployment was not the primary one. */
  looksReplaced: number;
  /** Stopped tasks of ours that count, by ARN, in the order in which they were seen. */
  stops: Record<string, TaskView>;
}

export const NOTHING_SEEN: RolloutMemory = { looksReplaced: 0, stops: {} };

export interface RolloutJudgement {
  memory: RolloutMemory;
  /** Null while it is too early to tell. */
  end: RolloutEnd | null;
  /** What a person reads meanwhile, and what is said when the time is over. */
  progress: string;
}

/**
 * Judges one look at our rollout (design rules 6.1 to 6.4).
 *
 * Only our own service deployment being SUCCESSFUL, with running tasks that carry our digest, is success. A rollback
 * that succeeded is a failure. Evidence counts only from tasks that our deployment started.
 */
export function judgeRollout(
  snapshot: RolloutSnapshot,
  question: RolloutQuestion,
  before: RolloutMemory,
): RolloutJudgement {
  const mine = snapshot.service?.deployments.find(({ id }) => id === question.deployment.deploymentId);
  const memory = remember(snapshot, question, before, mine);
  const end = endOf(snapshot, question, memory, mine);
  return { memory, end, progress: progressOf(snapshot, question, memory, mine) };
}

/** The end that is claimed when the time is over: what was seen last is all there is. */
export function timeIsOver(withinMs: number, progress: string): RolloutEnd {
  return { kind: 'failed', cause: `not stable within ${Math.round(withinMs / 1000)} s: ${progress}` };
}

function remember(
  snapshot: RolloutSnapshot,
  { deployment }: RolloutQuestion,
  before: RolloutMemory,
  mine: DeploymentView | undefined,
): RolloutMemory {
  const stops = { ...before.stops };
  for (const task of snapshot.tasks) {
    const counts = task.startedBy === deployment.deploymentId && isStopped(task) && meaningOfStop(task) !== 'benign';
    if (counts) stops[task.arn] = task;
  }
  return { looksReplaced: mine?.status === 'PRIMARY' ? 0 : before.looksReplaced + 1, stops };
}

function endOf(
  snapshot: RolloutSnapshot,
  question: RolloutQuestion,
  memory: RolloutMemory,
  mine: DeploymentView | undefined,
): RolloutEnd | null {
  const { service, ours } = snapshot;
  if (service?.status !== 'ACTIVE') {
    return { kind: 'failed', cause: `the service is ${service?.status ?? 'gone'}` };
  }
  const returned = rollbackByEcs(service, question, ours, memory, mine);
  if (returned !== null) return returned;

  const primary = otherPrimary(service, question.deployment);
  if (primary !== undefined) return isReplaced(memory) ? superseded(primary, question.deployment) : null;

  if (mine?.rolloutState === 'FAILED' || ours?.status === 'STOPPED') {
    const said = mine?.rolloutReason ?? ours?.statusReason ?? NO_REASON;
    return { kind: 'failed', cause: withEvidence(`ECS gave the deployment up: ${said}`, memory) };
  }
  const succeeded = ours === null ? mine?.rolloutState === 'COMPLETED' : ours.status === 'SUCCESSFUL';
  const proof = succeeded ? proofOfSuccess(snapshot, question, service) : null;
  return proof ?? certainFailure(question, memory);
}

/** ECS took our deployment back, or is about to: by its circuit breaker, an alarm, or somebody's order. */
function rollbackByEcs(
  service: ServiceView,
  { deployment }: RolloutQuestion,
  ours: ServiceDeploymentView | null,
  memory: RolloutMemory,
  mine: DeploymentView | undefined,
): RolloutEnd | null {
  if (ours?.status.startsWith('ROLLBACK_')) {
    const target = ours.rollback?.taskDefinitionArn ?? otherPrimary(service, deployment)?.taskDefinitionArn;
    const said = ours.rollback?.reason ?? ours.statusReason ?? mine?.rolloutReason ?? NO_REASON;
    return {
      kind: 'rolled-back',
      cause: withEvidence(`ECS rolled the deployment back (${ours.status}): ${said}`, memory),
      taskDefinitionArn: target ?? '',
    };
  }
  const primary = otherPrimary(service, deployment);
  if (primary === undefined) return null;
  const givenUp = mine?.rolloutState === 'FAILED';
  const saysSo = /rolling back/i.test(primary.rolloutReason ?? '') && (mine !== undefined || isReplaced(memory));
  if (!givenUp && !saysSo) return null;
  const said = mine?.rolloutReason ?? primary.rolloutReason ?? NO_REASON;
  return {
    kind: 'rolled-back',
    cause: withEvidence(`ECS rolled the deployment back: ${said}`, memory),
    taskDefinitionArn: primary.taskDefinitionArn,
  };
}

/** Another deployment stands in our place, and nothing says that ECS put it there. */
function superseded(primary: DeploymentView, deployment: ServiceDeploymentRef): RolloutEnd {
  const what =
    primary.taskDefinitionArn === deployment.taskDefinitionArn
      ? 'the same revision'
      : revisionName(primary.taskDefinitionArn);
  return {
    kind: 'superseded',
    cause: `another deployment (${primary.id} of ${what}) took the place of ours (${deployment.deploymentId})`,
  };
}

function proofOfSuccess(
  { tasks, revisionDigests }: RolloutSnapshot,
  { deployment, container, digests, allowZeroTasks }: RolloutQuestion,
  service: ServiceView,
): RolloutEnd | null {
  if (service.desiredCount === 0) {
    return allowZeroTasks
      ? { kind: 'succeeded', digests: revisionDigests }
      : { kind: 'failed', cause: 'the service wants no tasks any more, so nothing shows that the revision works' };
  }
  const running = tasks.filter(
    (task) => task.lastStatus === 'RUNNING' && task.taskDefinitionArn === deployment.taskDefinitionArn,
  );
  if (running.length < service.desiredCount) return null;
  const found: Record<string, string> = { ...revisionDigests };
  for (const task of running) {
    const digest = task.containers.find(({ name }) => name === container)?.digest ?? revisionDigests[container];
    if (digests !== null) {
      if (digest === undefined) return null;
      if (!digests.includes(digest)) {
        return { kind: 'failed', cause: `a running task carries ${digest} instead of ${digests[0] ?? 'our image'}` };
      }
    }
    for (const { name, digest: own } of task.containers) if (own !== undefined) found[name] = own;
  }
  return { kind: 'succeeded', digests: found };
}

function certainFailure({ failAfterStops }: RolloutQuestion, memory: RolloutMemory): RolloutEnd | null {
  const stops = Object.values(memory.stops);
  const fatal = stops.find((task) => meaningOfStop(task) === 'fatal');
  if (fatal !== undefined) return { kind: 'failed', cause: describeStop(fatal) };
  const last = stops.at(-1);
  if (last === undefined || stops.length < failAfterStops) return null;
  return { kind: 'failed', cause: `${stops.length} new tasks failed; the last: ${describeStop(last)}` };
}

function progressOf(
  { service, ours, tasks }: RolloutSnapshot,
  { deployment }: RolloutQuestion,
  memory: RolloutMemory,
  mine: DeploymentView | undefined,
): string {
  if (service === null) return 'the service is gone';
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const fresh = running.filter(({ startedBy }) => startedBy === deployment.deploymentId).length;
  const failed = Object.keys(memory.stops).length;
  const status = ours?.status ?? mine?.rolloutState;
  const state = status === undefined ? '; our deployment is not to be seen' : `; deployment ${status}`;
  return withEvidence(
    `${fresh} of ${service.desiredCount} new tasks running, ${running.length - fresh} old; ${failed} failed${state}${complaint(service)}`,
    memory,
  );
}

/** The newest event in which ECS says what it cannot do, for example place a task. */
function complaint({ events }: ServiceView): string {
  const unable = events.slice(0, 5).find((event) => /unable to|unhealthy/i.test(event));
  return unable === undefined ? '' : `; ECS says: ${unable}`;
}

/** Without the full stop that AWS's own words may end with: every cause goes on somewhere. */
function withEvidence(text: string, { stops }: RolloutMemory): string {
  const last = Object.values(stops).at(-1);
  const said = text.replace(/\.$/, '');
  return last === undefined ? said : `${said}; ${describeStop(last)}`;
}

function otherPrimary(service: ServiceView, deployment: ServiceDeploymentRef): DeploymentView | undefined {
  const primary = primaryOf(service);
  return primary?.id === deployment.deploymentId ? undefined : primary;
}

function isReplaced(memory: RolloutMemory): boolean {
  return memory.looksReplaced >= LOOKS_UNTIL_REPLACED;
}

function isStopped(task: TaskView): boolean {
  return task.lastStatus === 'STOPPED' || task.stopCode !== undefined;
}
