import type { Approval, ReleaseStatus, WaitingForApproval } from '../../model/messages';
import type { VerifiedTrigger } from '../../model/policy/trigger';
import type { ReleaseRef } from '../release-end';
import { actorOf, verifiedRemark } from './actor';
import type { DecisionSigner } from './decision-key';
import { GatewayProblem } from './problem';

export interface GivenDecision {
  decision: 'approve' | 'reject';
  environment: string;
  comment: string | undefined;
}

/**
 * Whether the token's actor is who decides now. Throws a GatewayProblem (`refused`): GitHub names the one who started the
 * first attempt also where somebody else runs a job again, and for a schedule whoever changed the file last.
 * Source: GitHub docs, contexts reference, `github.actor` and `github.triggering_actor`.
 */
export function requireOwnDecision({ event, runAttempt }: VerifiedTrigger): void {
  if (runAttempt !== '1') {
    throw new GatewayProblem(
      'refused',
      'This job was run again, and its token names who ran it first, not who decides now: start the workflow afresh.',
    );
  }
  if (event === 'schedule')
    throw new GatewayProblem('refused', 'A schedule decides nothing: its token names nobody who was asked.');
}

/**
 * The decision as the release gets it: signed where there is a key and the release tells what it asks about. Without a
 * key the gateway's word stands in the comment, for people.
 */
export function decisionMessage(
  signer: DecisionSigner | undefined,
  trigger: VerifiedTrigger,
  ref: Required<ReleaseRef>,
  status: ReleaseStatus,
  { decision, environment, comment }: GivenDecision,
  now: number,
): Approval {
  const by = actorOf(trigger);
  const { waitingForApproval: waiting, commit, digest, planHash } = status;
  if (waiting?.comment === 'required' && comment === undefined) {
    throw new GatewayProblem('conflict', `${environment} asks for a comment with each decision.`);
  }
  if (signer === undefined || !tellsWhat(waiting) || digest === undefined || planHash === undefined) {
    return { by, environment, comment: verifiedRemark(trigger, comment) };
  }
  const { requestId: request, fingerprints } = waiting;
  const through = `run ${trigger.runId}, attempt ${trigger.runAttempt}, of ${trigger.repository}`;
  const signature = signer.sign({
    release: ref.workflowId,
    run: ref.runId,
    environment,
    request,
    commit,
    digest,
    planHash,
    fingerprints,
    decision,
    by,
    comment: comment ?? null,
    at: now,
    through,
  });
  return { by, environment, ...(comment !== undefined && { comment }), proof: { at: now, through, signature } };
}

/** Releases of older versions do not. */
function tellsWhat(
  waiting: WaitingForApproval | undefined,
): waiting is WaitingForApproval & Required<Pick<WaitingForApproval, 'requestId' | 'fingerprints'>> {
  return waiting?.requestId !== undefined && waiting.fingerprints !== undefined;
}
