import type { ServiceDeploymentView, ServiceView, TaskView } from './service-view';
import { isMoving, motionOf, primaryOf, revisionName } from './service-view';
import { describeStop, meaningOfStop } from './stopped-task';
import type { RevisionTags } from './revision-tags';
import type { Baseline, ReturnEnd, ServiceDeploymentRef } from './target';

/** Looks in a row that must agree before "elsewhere": ECS's answers may lag behind the write that began the return. */
const LOOKS_UNTIL_ELSEWHERE = 3;

/** One look at a service that is to return, or does. */
export interface ReturnSnapshot {
  service: ServiceView;
  /** The deployment that we return from; null where its ARN is not known. */
  ours: ServiceDeploymentView | null;
  /** The service's newest service deployment; null on services older than those. */
  newest: ServiceDeploymentView | null;
  /** Tags of the revision that is primary now. */
  primaryTags: RevisionTags;
}

export type ReturnStep =
  | { do: 'nothing' }
  | { do: 'follow'; deploymentId: string }
  /** StopServiceDeployment(ROLLBACK). */
  | { do: 'stop'; serviceDeploymentArn: string }
  /** UpdateService(baseline). */
  | { do: 'update' }
  | { do: 'leave'; cause: string };

/**
 * The one step that brings a service nearer to its baseline (design rule 6.5).
 *
 * While ECS still rolls, it alone is asked to turn round; the service is updated only once nothing moves. A deployment
 * that is neither ours nor ECS's own rollback of ours belongs to somebody else, and is left alone.
 */
export function nextReturnStep(
  { service, ours, newest, primaryTags }: ReturnSnapshot,
  baseline: Baseline,
  deployment: ServiceDeploymentRef | null,
): ReturnStep {
  const primary = primaryOf(service);
  if (primary === undefined) return { do: 'leave', cause: 'the service has no deployment at all' };
  if (isBaseline(primary.taskDefinitionArn, primaryTags, baseline)) {
    const motion = motionOf(service, newest ?? undefined);
    if (motion === 'settled') return { do: 'nothing' };
    return motion === 'moving' ? { do: 'follow', deploymentId: primary.id } : { do: 'update' };
  }
  if (isOurs(primary.taskDefinitionArn, primaryTags, baseline, deployment)) {
    const inCharge = newest?.targetTaskDefinitionArn === primary.taskDefinitionArn ? newest : ours;
    if (inCharge?.status === 'PENDING' || inCharge?.status === 'IN_PROGRESS') {
      return { do: 'stop', serviceDeploymentArn: inCharge.arn };
    }
    return isMoving(inCharge ?? undefined) ? { do: 'follow', deploymentId: primary.id } : { do: 'update' };
  }
  // ECS goes back to its own last completed revision, which need not be our baseline.
  if (ours?.status.startsWith('ROLLBACK_')) {
    if (isMoving(ours)) return { do: 'follow', deploymentId: primary.id };
    const target = ours.rollback?.taskDefinitionArn;
    if (target === undefined || target === primary.taskDefinitionArn) return { do: 'update' };
  }
  return {
    do: 'leave',
    cause: `another deployment (${primary.id} of ${revisionName(primary.taskDefinitionArn)}) took the place of ours; it was left alone`,
  };
}

export interface ArrivalSnapshot extends ReturnSnapshot {
  tasks: TaskView[];
  /** Digests of what runs now, taken the same way as the baseline's. */
  digests: Record<string, string>;
}

export interface ArrivalJudgement {
  end: ReturnEnd | null;
  looksElsewhere: number;
  progress: string;
}

/** Judges one look at a service on its way back. `looksElsewhere` is the former look's. */
export function judgeReturn(snapshot: ArrivalSnapshot, baseline: Baseline, looksElsewhere: number): ArrivalJudgement {
  const { service, newest } = snapshot;
  const primary = primaryOf(service);
  const progress = progressOf(snapshot);
  const going = { end: null, looksElsewhere: 0, progress };
  if (primary === undefined) return going;

  if (service.status !== 'ACTIVE') {
    return { ...going, end: { kind: 'failed', cause: `the service is ${service.status}` } };
  }
  const home = isBaseline(primary.taskDefinitionArn, snapshot.primaryTags, baseline);
  const motion = motionOf(service, newest ?? undefined);
  if (home) {
    const stopped = certainFailure(snapshot, primary.id);
    if (stopped !== undefined) {
      return {
        ...going,
        end: { kind: 'failed', cause: `the baseline does not start any more: ${describeStop(stopped)}` },
      };
    }
  }
  if (motion === 'moving') return going;
  const elsewhere = home ? homeButNotWell(snapshot, baseline, motion) : settledOn(primary.taskDefinitionArn);
  if (elsewhere === undefined) {
    return isManned(snapshot) ? { ...going, end: { kind: 'returned' } } : going;
  }
  const looks = looksElsewhere + 1;
  const end: ReturnEnd | null = looks >= LOOKS_UNTIL_ELSEWHERE ? { kind: 'elsewhere', cause: elsewhere } : null;
  return { end, looksElsewhere: looks, progress };
}

/** The revision that we deployed, whoever restarted it since; or one that a run of ours left over this very baseline. */
function isOurs(
  taskDefinitionArn: string,
  tags: RevisionTags,
  baseline: Baseline,
  deployment: ServiceDeploymentRef | null,
): boolean {
  if (taskDefinitionArn === deployment?.taskDefinitionArn) return true;
  return tags.release !== undefined && tags.verified === undefined && tags.baseline === baseline.taskDefinitionArn;
}

/** The baseline itself, or the copy of it that has its images pinned. */
export function isBaseline(taskDefinitionArn: string, tags: RevisionTags, baseline: Baseline): boolean {
  return taskDefinitionArn === baseline.taskDefinitionArn || tags.pinned === baseline.taskDefinitionArn;
}

function settledOn(taskDefinitionArn: string): string {
  return `ECS settled on ${revisionName(taskDefinitionArn)}, which is not the baseline`;
}

function homeButNotWell(
  { digests }: ArrivalSnapshot,
  baseline: Baseline,
  motion: 'settled' | 'stuck',
): string | undefined {
  if (motion === 'stuck') return 'the return to the baseline failed on ECS';
  const wrong = Object.entries(baseline.digests).find(
    ([container, digest]) => digests[container] !== undefined && digests[container] !== digest,
  );
  if (wrong === undefined) return undefined;
  const [container, digest] = wrong;
  return `container ${container} runs ${digests[container] ?? 'nothing'} instead of the baseline's ${digest}`;
}

/** As many tasks of the primary's revision run as the service wants. */
function isManned({ service, tasks }: ArrivalSnapshot): boolean {
  const wanted = primaryOf(service)?.taskDefinitionArn;
  const running = tasks.filter((task) => task.lastStatus === 'RUNNING' && task.taskDefinitionArn === wanted);
  return running.length >= service.desiredCount;
}

/** Only what no further try can cure ends a return early: a baseline that limps is given all its time. */
function certainFailure({ tasks }: ArrivalSnapshot, deploymentId: string): TaskView | undefined {
  return tasks.find((task) => task.startedBy === deploymentId && meaningOfStop(task) === 'fatal');
}

function progressOf({ service, newest }: ArrivalSnapshot): string {
  const primary = primaryOf(service);
  if (primary === undefined) return 'the service has no deployment';
  const status = newest?.status ?? primary.rolloutState ?? 'unknown';
  return `returning: ${primary.runningCount} of ${service.desiredCount} tasks of ${revisionName(primary.taskDefinitionArn)} running (${status})`;
}
