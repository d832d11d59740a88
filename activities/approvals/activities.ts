import type { ChangesBetween } from '../../model/approval/between';
import type { DecisionStatement } from '../../model/approval/statement';
import type { Policy } from '../../model/policy/policy';
import { whileHeartbeating } from '../heartbeating';
import type { Source } from '../source/source';
import { typed } from '../source/typed';
import type { BetweenInput } from './changes-between';
import { changesBetween } from './changes-between';
import type { SignatureVerdict } from './decision-signature';
import { verifyDecision } from './decision-signature';

export interface ApprovalDeps {
  source: Source;
  /** Says which gateways' signatures are believed. */
  policy?: Policy | undefined;
}

/** What approval asks of the world. Only reads; safe to repeat. */
export function createApprovalActivities({ source, policy }: ApprovalDeps) {
  return {
    /** What lies between what runs and the commit: for the approver to see, and for whose own work it is. */
    changesBetween(input: BetweenInput): Promise<ChangesBetween> {
      return whileHeartbeating('reading the commits in between', ({ signal }) =>
        typed(() => changesBetween(source, input, signal)),
      );
    },

    /** Whether a gateway that the policy knows signed this decision. No I/O: meant to run as a local activity. */
    verifyDecision(input: { statement: DecisionStatement; signature: string }): Promise<SignatureVerdict> {
      return Promise.resolve(verifyDecision(policy?.gatewayKeys ?? [], input));
    },
  };
}

export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;
