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
  /** Set by a gateway that verified `by`. */
  proof?: DecisionProof;
}

export interface Rejection {
  by: string;
  comment?: string;
  environment?: string;
  proof?: DecisionProof;
}

/** A gateway's word that it verified who decides. */
export interface DecisionProof {
  /** Milliseconds since the epoch, by the gateway's clock. */
  at: number;
  /** What GitHub's token was of, for people: `run 9000, attempt 1, of acme/shop`. */
  through: string;
  /** Ed25519 over the text of the decision's statement (model/approval/statement.ts), in base64url. */
  signature: string;
}

export interface Abort {
  by: string;
  reason?: string;
}

/** From an environment: a newer commit was released there, or (`asked`, queue policy `latest`) asks for its turn. */
export interface NewerCommit {
  environment: string;
  commit: string;
  releaseId: string;
  what: 'released' | 'asked';
}

/** From the environment, before it grants the turn: is the deployment still wanted? */
export interface TurnOffer {
  requestId: string;
}

export interface TurnAnswer {
  wanted: boolean;
}

export type PhaseName =
  | 'admit'
  | 'gates'
  | 'image'
  | 'soak'
  | 'approval'
  | 'turn'
  | 'baseline'
  | 'update'
  | 'stable'
  | 'healthy'
  | 'rollback';

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
  /** How many different people must approve. */
  minimum: number;
  /** Whose approval counts, by the names that they gave. */
  approvedBy: string[];
  expiresAt: number;
  /** What would change in the task definitions, for the approver. */
  changes: string[];
  /** Who is still missing, in words: `one of security (github:dave)`. Absent like all below in releases of older versions. */
  missing?: string[];
  /** The last things that were said, and what they are worth. */
  decisions?: DecisionStanding[];
  comment?: 'optional' | 'required';
  picture?: ApprovalPicture;
  /** What a gateway signs, beside what the status says: the round, and what would be registered. */
  requestId?: string;
  fingerprints?: Record<string, string>;
  /** How often people were asked again, since what would change had changed: what was said before is void. */
  again?: number;
}

export interface DecisionStanding {
  decision: 'approve' | 'reject';
  by: string;
  comment?: string;
  at: number;
  /** `checking` while a gateway's signature is looked at. */
  standing: 'verified' | 'unverified' | 'checking';
  /** Why it does not count, or why its signature was not believed. */
  remark?: string;
}

/** What an approver sees first. Bounded lists of short lines; nothing secret. */
export interface ApprovalPicture {
  /** What runs now, one line for each service. */
  runs: string[];
  /** Commit and digest. */
  wouldRun: string;
  /** How many commits come, and how many that run now would be gone. */
  forward: number;
  back: number;
  /** The newest of them: commit, subject, author. */
  commits: string[];
  /** What could not be found out about what lies in between. */
  unknown: string[];
  /** Results of the gates, in one line. */
  gates: string;
  /** Changes to gates in release.yml, and to files that tell scanners what to leave out. */
  gateSettings: string[];
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
  /** Set for a rollback by hand: it waits for neither hold nor freeze, and goes to revisions that ran before. */
  rollback?: RollbackTarget;
  /** Set where a person takes it on themselves to pass hold and freeze. */
  breakGlass?: BreakGlass;
}

/** What a rollback by hand returns to. `commit`, `imageDigest` and `imageReference` of the request are those of then. */
export interface RollbackTarget {
  /** Service name to the ARN of the task definition that was verified then. */
  taskDefinitions: Record<string, string>;
  reason: string;
}

export interface BreakGlass {
  by: string;
  reason: string;
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
  /** Who asked for it. Absent, as `at`, in what earlier versions recorded. */
  actor?: string;
  /** When it ended, in milliseconds since the epoch. */
  at?: number;
  /** Recorded by the environment: who let it pass hold and freeze, and why. */
  breakGlass?: BreakGlass;
}

/** A revision that was proved healthy here: what `previous-good` means. */
export interface VerifiedRevision {
  commit: string;
  digest: string;
  /** Service name to task definition ARN. */
  taskDefinitions: Record<string, string>;
  at: number;
  /** Who asked for it. Absent in what earlier versions recorded. */
  actor?: string;
}

export interface EnvironmentHold {
  reason: string;
  since: number;
  by: string;
  /** `unclean`: what runs is in doubt, until `resolve`. The others end with `resume`. Absent: `unclean`. */
  kind?: 'unclean' | 'person' | 'after-rollback';
  /** Milliseconds since the epoch; then a person's hold ends by itself. */
  until?: number;
}

/** Who waits for a turn, and for what. */
export interface WaitingRequest {
  requestId: string;
  releaseId: string;
  commit: string;
  actor: string;
  /** From 1. */
  position: number;
  reason: string;
}

/** What runs, as the environment last saw it itself. */
export interface EnvironmentSight {
  at: number;
  services: ServiceSight[];
  /** Why it could not look. */
  trouble?: string;
}

export interface ServiceSight {
  service: string;
  taskDefinitionArn: string;
  commit?: string;
  /** Carries the mark of a release that proved it healthy. */
  verified: boolean;
  /** It is not what was last verified here. */
  drifted: boolean;
  inFlight: boolean;
}

/** A query sees the workflow's clock, which stands still while nothing happens; who asks may say what time it is. */
export interface AskedAt {
  /** Milliseconds since the epoch. */
  now?: number;
}

/** Answer of an environment's `state` query. */
export interface EnvironmentState {
  environment: string;
  current?: { requestId: string; releaseId: string; commit: string; deploymentId: string; actor?: string };
  queue: WaitingRequest[];
  hold?: EnvironmentHold;
  /** The freeze that is in force for the first that waits, or would be for the next one. */
  frozen?: { reason: string; until: number; owner?: string };
  /** Absent until somebody asked it to `look`. */
  seen?: EnvironmentSight;
  recent: DeploymentOutcome[];
  verified: VerifiedRevision[];
  /** The environment as the newest request described it: what a rollback by hand goes by. */
  spec?: EnvironmentSpec;
}

/** A person says that the environment was looked after and may go on. */
export interface Resolve {
  by: string;
  reason: string;
}

/** A person stops the line: what is in flight finishes, nothing new begins. */
export interface Hold {
  by: string;
  reason: string;
  /** Milliseconds since the epoch. */
  until?: number;
}

/** A person lets the line go on after a hold of a person or after a rollback. */
export interface Resume {
  by: string;
  reason?: string;
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
  /** Set while it cannot be aborted: why. */
  noAbort?: string;
}

/** From a deployment to its release: it goes back by itself, and is not aborted any more. */
export interface DeploymentReturning {
  requestId: string;
  /** What it goes back for. */
  cause: string;
}

export type { EnvironmentOutcome };

/** Names on the wire: the Temporal UI and other languages use them too. */
export const MESSAGE = {
  approve: 'approve',
  reject: 'reject',
  abort: 'abort',
  status: 'status',
  turn: 'turn',
  newerCommit: 'newerCommit',
  deploymentEnded: 'deploymentEnded',
  deploymentReturning: 'deploymentReturning',
  enqueue: 'enqueue',
  withdraw: 'withdraw',
  standing: 'standing',
  state: 'state',
  resolve: 'resolve',
  hold: 'hold',
  resume: 'resume',
  look: 'look',
  breakGlass: 'breakGlass',
  report: 'report',
} as const;
