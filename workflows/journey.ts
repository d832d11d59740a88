import type { Abort, DeploymentOutcome, WaitingForApproval } from '../model/messages';
import type { ApprovalState } from '../model/approval';
import type { ReleasedImage } from '../model/image';
import type { Plan, ReleaseRequest } from '../model/plan';
import type { OpenPhase, Phases } from './phases';

/** What a release keeps while it travels; its handlers write `approval`, `abort` and `ended`. */
export interface Journey {
  request: ReleaseRequest;
  plan: Plan;
  image: ReleasedImage;
  phases: Phases;
  approval?: ApprovalState;
  waiting?: WaitingForApproval;
  abort?: Abort;
  /** The request whose turn is waited for or taken. */
  asked?: AskedTurn;
  ended?: DeploymentOutcome;
}

export interface AskedTurn {
  requestId: string;
  environment: string;
  phase: OpenPhase;
  /** Set when the environment has offered the turn and we have taken it: from here on it is aborted, not withdrawn. */
  turnTaken: boolean;
}

export type TripEnd = Pick<DeploymentOutcome, 'cause'> & {
  outcome: Exclude<DeploymentOutcome['outcome'], 'approval-stale'> | 'not-approved';
};

export function abortWords(abort: Abort, doing: string): string {
  return `aborted by ${abort.by} while ${doing}${abort.reason === undefined ? '' : `: ${abort.reason}`}`;
}
