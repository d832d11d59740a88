import { ApplicationFailure, CancellationScope, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Decision } from '../model/approval/decision';
import { decisionOf, takeDown, whyNoDecision } from '../model/approval/decision';
import { whyItDoesNotCount } from '../model/approval/judge';
import { waitingView } from '../model/approval/view';
import type { ReleasedImage } from '../model/image';
import type { Abort, Approval, GateStatus, NewerCommit, Rejection, ReleaseStatus } from '../model/messages';
import { whyNoAbortOfReturn } from '../model/no-abort';
import type { ReleaseOutcome } from '../model/outcome';
import type { Plan, ReleaseRequest } from '../model/plan';
import {
  abortSignal,
  abortUpdate,
  approveSignal,
  approveUpdate,
  newerCommitSignal,
  rejectSignal,
  rejectUpdate,
  statusQuery,
} from './messages';
import { isNews } from './approval-decisions';
import type { Phases } from './phases';
import type { Journey } from './journey';
import { deployingOf, registerTurnHandlers } from './turn';

/** What the handlers see and change while the release travels. */
export interface ReleaseState {
  request: ReleaseRequest;
  phases: Phases;
  gates: GateStatus[];
  plan?: Plan;
  /** Found at admit: not built again. */
  found?: ReleasedImage | null;
  image?: ReleasedImage;
  abort?: Abort;
  journey?: Journey;
  outcome?: ReleaseOutcome;
}

/** All handlers are synchronous: they write down what was said, and the main path acts on it. */
export function registerHandlers(state: ReleaseState, stop: () => void): void {
  const decide = (decision: Decision['decision'], given: Approval | Rejection): ReleaseStatus => {
    const round = state.journey?.approval;
    if (round && whyNoDecision(given, round.asked && round) === undefined) {
      round.decisions = takeDown(round.decisions, decisionOf(decision, given, Date.now()));
      round.news += 1;
    }
    return statusOf(state);
  };
  const newerCommit = (told: NewerCommit): void => {
    const { journey, request } = state;
    const round = journey?.approval;
    if (round === undefined || !isNews(round, request.commit, told)) return;
    round.newer.push(told);
    round.news += 1;
  };
  const noAbort = (): string | undefined => {
    const cause = state.journey?.asked?.returning;
    return cause === undefined || state.abort ? undefined : whyNoAbortOfReturn(cause);
  };
  const abort = (asked: Abort): ReleaseStatus => {
    const refusal = noAbort();
    if (refusal !== undefined) log.warn(`an abort was ignored: ${refusal}`, { ...asked });
    else if (!state.abort && !state.outcome) {
      state.abort = asked;
      if (state.journey) state.journey.abort = asked;
      stop();
    }
    return statusOf(state);
  };
  const mayDecide = (decision: Decision['decision'], given: Approval | Rejection): void => {
    const round = state.journey?.approval;
    const refusal =
      whyNoDecision(given, round?.asked && round) ??
      (round?.asked && whyItDoesNotCount(round.asked.question, decisionOf(decision, given, 0)));
    if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal, 'NotNow');
  };

  setHandler(approveSignal, (given) => void decide('approve', given), {
    description: 'Approve: { "by": "you@example.com", "comment": "why" }',
  });
  setHandler(approveUpdate, (given) => decide('approve', given), {
    description: 'Approve; answers the status',
    validator: (given: Approval) => mayDecide('approve', given),
  });
  setHandler(rejectSignal, (given) => void decide('reject', given), {
    description: 'Reject: { "by": "you@example.com", "comment": "why" }',
  });
  setHandler(rejectUpdate, (given) => decide('reject', given), {
    description: 'Reject; answers the status',
    validator: (given: Rejection) => mayDecide('reject', given),
  });
  setHandler(abortSignal, (asked) => void abort(asked), {
    description: 'Stop; what has changed is rolled back: { "by": "you@example.com", "reason": "why" }',
  });
  setHandler(abortUpdate, abort, {
    description: 'Stop; answers the status',
    validator: (asked: Abort) => {
      const refusal = noAbort();
      if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal, 'NotNow', asked);
    },
  });
  setHandler(statusQuery, () => statusOf(state), { description: 'Phases, gates and outcome of this release' });
  // Temporal's own Cancel button means the same as an abort.
  CancellationScope.current().cancelRequested.catch(() => abort({ by: 'a cancel request in Temporal' }));
  // After those for hands: the UI's dialog keeps this order.
  setHandler(newerCommitSignal, newerCommit, { description: 'An environment tells of a newer commit' });
  registerTurnHandlers(() => state.journey);
}

function statusOf(state: ReleaseState): ReleaseStatus {
  const { request, plan, phases, image, journey, outcome } = state;
  const waitingForApproval = journey?.approval && waitingView(journey.approval);
  return {
    project: request.project,
    purpose: request.purpose,
    commit: request.commit,
    actor: request.actor,
    requestHash: (workflowInfo().memo?.['requestHash'] as string | undefined) ?? '',
    phases: phases.list,
    gates: state.gates,
    ...(plan && { planHash: plan.hash }),
    ...(image && { digest: image.digest }),
    ...(waitingForApproval && { waitingForApproval }),
    ...deployingOf(request.project, journey?.asked),
    ...(outcome && { outcome }),
  };
}
