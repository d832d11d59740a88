import type { ApprovalRound } from '../model/approval/view';
import type { Abort, DeploymentOutcome, GateStatus } from '../model/messages';
import type { ReleasedImage } from '../model/image';
import type { Plan, ReleaseRequest } from '../model/plan';
import type { Phases } from './phases';

/** What a release keeps while it travels; its handlers write `approval`, `abort` and `ended`. */
export interface Journey {
  request: ReleaseRequest;
  plan: Plan;
  image: ReleasedImage;
  phases: Phases;
  gates: readonly GateStatus[];
  /** Set while approval is asked for, or about to be. */
  approval?: ApprovalRound;
  abort?: Abort;
  /** The request whose turn is waited for or taken. */
  asked?: AskedTurn;
  ended?: DeploymentOutcome;
}

export interface AskedTurn {
  requestId: string;
  environment: string;
  /** The turn has come: says so. */
  take: () => void;
  /** Set when the environment has offered the turn and we have taken it: from here on it is aborted, not withdrawn. */
  turnTaken: boolean;
  /** Set when the deployment goes back by itself, and is not aborted any more: for what. */
  returning?: string;
}

export type TripEnd = Pick<DeploymentOutcome, 'cause'> & {
  outcome: Exclude<DeploymentOutcome['outcome'], 'approval-stale'> | 'not-approved';
};

export function abortWords(abort: Abort, doing: string): string {
  return `aborted by ${abort.by} while ${doing}${abort.reason === undefined ? '' : `: ${abort.reason}`}`;
}
