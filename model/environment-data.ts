import type {
  DeploymentOutcome,
  DeploymentRequest,
  EnvironmentHold,
  EnvironmentSight,
  NewerCommit,
  VerifiedRevision,
} from './messages';
import type { EnvironmentSpec } from './plan';

/** The deployment whose turn it is. */
export interface CurrentDeployment {
  requestId: string;
  releaseId: string;
  commit: string;
  environment: EnvironmentSpec;
  /** Absent while its turn is being offered and it is not started yet. */
  runId?: string;
  /** What starts it; absent for a stranger, which an environment that is gone has started. */
  request?: DeploymentRequest;
  /** Set for a rollback by hand. */
  rollback?: RollbackByHand;
  /** The rollback by hand for which it was aborted. */
  abortedFor?: string;
}

export interface RollbackByHand {
  by: string;
  reason: string;
}

/** What an environment has to say or to ask beside its line; nobody waits for it, and nothing fails when it cannot be done. */
export type Errand =
  /** Queue policy `latest`: is this request newer than others that wait, or one of them newer than it? */
  | { kind: 'compare'; requestId: string }
  /** To the releases that wait for approval. */
  | { kind: 'announce'; news: NewerCommit }
  /** To a release whose deployment could not tell how it ended, or never was. */
  | { kind: 'tell'; releaseId: string; outcome: DeploymentOutcome };

/** All that an environment knows. Plain JSON: it crosses continue-as-new. */
export interface EnvironmentData {
  /** In the order in which they came; rollbacks by hand before all others. */
  queue: DeploymentRequest[];
  current?: CurrentDeployment;
  /** At most one of each kind. */
  holds: EnvironmentHold[];
  recent: DeploymentOutcome[];
  verified: VerifiedRevision[];
  /** The last deployment did not end by itself: what runs must be looked at before the next one. */
  unclean?: Unclean;
  errands: Errand[];
  /** Of the request that came last. */
  spec?: EnvironmentSpec;
  seen?: EnvironmentSight;
  /** Until it has looked whether a deployment of an environment before it, which is gone, is in flight. */
  unsearched?: true;
}

export interface Unclean {
  cause: string;
  environment: EnvironmentSpec;
}

export function emptyEnvironment(): EnvironmentData {
  return { queue: [], holds: [], recent: [], verified: [], errands: [] };
}

/** One that was started afresh: whoever asks it may be in flight already. */
export function newEnvironment(): EnvironmentData {
  return { ...emptyEnvironment(), unsearched: true };
}

/** Announcements that could not be made go stale; the rest is bounded by the queue. */
const MOST_ANNOUNCEMENTS = 20;

/** Adds an errand at the end; the oldest announcements give way to newer ones. */
export function withErrand(data: EnvironmentData, errand: Errand): EnvironmentData {
  const announcements = data.errands.filter(({ kind }) => kind === 'announce');
  const stale = errand.kind === 'announce' && announcements.length >= MOST_ANNOUNCEMENTS ? announcements[0] : undefined;
  return { ...data, errands: [...data.errands.filter((kept) => kept !== stale), errand] };
}

export function withoutErrand(data: EnvironmentData, done: Errand): EnvironmentData {
  return { ...data, errands: data.errands.filter((errand) => errand !== done) };
}
