import type { EnvironmentOutcome, OutcomeName, ReleaseOutcome } from './outcome';
import type { GateVerdict } from './gate';
import type { EnvironmentSpec } from './plan';

/** What workflows, clients and activities say to each other. Every handler takes one object, which is what the Temporal UI's dialogs can send. */

// --- to a release ------------------------------------------------------------------------------------------------

export interface Approval {
  /** Who approves. Typed by hand it is recorded as unverified. */
  by: string;
  comment?: string;
  /** Only needed when a release waits in more than one environment. */
  environment?: string;
}

export interface Rejection {
  by: string;
  comment?: string;
  environment?: string;
}

export interface Abort {
  by: string;
  reason?: string;
}

/** From the environment, before it grants the turn: is the deployment still wanted? */
export interface TurnOffer {
  requestId: string;
}

export interface TurnAnswer {
  wanted: boolean;
}

export type PhaseName =
  'admit' | 'gates' | 'image' | 'approval' | 'turn' | 'baseline' | 'update' | 'stable' | 'healthy' | 'rollback';

export type PhaseState = 'running' | 'done' | 'failed';

export interface PhaseStatus {
  phase: PhaseName;
  /** Absent for the phases before the first environment. */
  environment?: string;
  state: PhaseState;
  /** What a person reads beside the phase. */
  detail: string;
  /** Milliseconds since the epoch, by the workflow's clock. */
  startedAt: number;
  endedAt?: number;
}

export interface GateStatus {
  gate: string;
  state: 'waiting' | 'running' | GateVerdict | 'stopped';
  cause: string;
  startedAt?: number;
  durationMs?: number;
  /** The last lines of output, where the gate did not pass. */
  tail?: string;
  log?: string;
}

/** Answer of a release's `status` query. */
export interface ReleaseStatus {
  project: string;
  purpose: string;
  commit: string;
  actor: string;
  requestHash: string;
  planHash?: string;
  phases: PhaseStatus[];
  gates: GateStatus[];
  digest?: string;
  /** Set while the release waits for people. */
  waitingForApproval?: WaitingForApproval;
  /** Set while the release waits for its turn or its deployment: ask the deployment workflow for more. */
  deploying?: { environment: string; deploymentId: string; requestId: string };
  outcome?: ReleaseOutcome;
}

export interface WaitingForApproval {
  environment: string;
  minimum: number;
  approvedBy: string[];
  expiresAt: number;
  /** What would change, for the approver. */
  changes: string[];
}

// --- to an environment -------------------------------------------------------------------------------------------

/** One trip through an environment, asked for by a release. The deployment gets it as its input. */
export interface DeploymentRequest {
  requestId: string;
  releaseId: string;
  project: string;
  repository: string;
  commit: string;
  actor: string;
  planHash: string;
  environment: EnvironmentSpec;
  /** `HOST/repository@sha256:…` */
  imageReference: string;
  imageDigest: string;
  /** What the approvers saw, one fingerprint for each service; computed again at the turn. Absent where nobody was asked. */
  approved?: { fingerprints: Record<string, string> };
  /** The recorded reason why a commit that is older than what runs may be deployed. */
  allowOlder?: string;
  embedded?: { requireCircuitBreaker: boolean };
}

/** Where a request stands in its environment. */
export type RequestStanding =
  | { kind: 'queued'; position: number; reason: string }
  | { kind: 'current' }
  | { kind: 'ended'; outcome: DeploymentOutcome }
  | { kind: 'unknown' };

export interface WithdrawAnswer {
  result: 'removed' | 'in flight' | 'unknown';
}

/** How a deployment ended. `approval-stale` is not an end of the release: it asks for approval again. */
export type DeploymentOutcomeName =
  | Extract<
      OutcomeName,
      'released' | 'rolled-back' | 'rollback-failed' | 'superseded' | 'aborted' | 'refused' | 'undetermined'
    >
  | 'approval-stale';

export interface DeploymentOutcome {
  requestId: string;
  environment: string;
  outcome: DeploymentOutcomeName;
  cause: string;
  commit: string;
  /** Set when released: what now runs here and was proved healthy. */
  revision?: VerifiedRevision;
}

/** A revision that was proved healthy here: what `previous-good` means. */
export interface VerifiedRevision {
  commit: string;
  digest: string;
  /** Service name to task definition ARN. */
  taskDefinitions: Record<string, string>;
  at: number;
}

export interface EnvironmentHold {
  reason: string;
  since: number;
  by: string;
}

/** Answer of an environment's `state` query. */
export interface EnvironmentState {
  environment: string;
  current?: { requestId: string; releaseId: string; commit: string; deploymentId: string };
  queue: { requestId: string; releaseId: string; commit: string; actor: string }[];
  hold?: EnvironmentHold;
  recent: DeploymentOutcome[];
  verified: VerifiedRevision[];
}

/** A person says that the environment was looked after and may go on. */
export interface Resolve {
  by: string;
  reason: string;
}

// --- to a deployment ---------------------------------------------------------------------------------------------

/** Ignored by a deployment that is not this request's. */
export interface AbortDeployment extends Abort {
  requestId: string;
}

/** Answer of a deployment's `status` query. */
export interface DeploymentStatus {
  requestId: string;
  releaseId: string;
  commit: string;
  environment: string;
  phases: PhaseStatus[];
  aborting: boolean;
}

export type { EnvironmentOutcome };

/** Names on the wire: the Temporal UI and other languages use them too. */
export const MESSAGE = {
  approve: 'approve',
  reject: 'reject',
  abort: 'abort',
  status: 'status',
  turn: 'turn',
  deploymentEnded: 'deploymentEnded',
  enqueue: 'enqueue',
  withdraw: 'withdraw',
  standing: 'standing',
  state: 'state',
  resolve: 'resolve',
} as const;
