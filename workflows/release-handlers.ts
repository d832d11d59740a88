import { ApplicationFailure, CancellationScope, setHandler, workflowInfo } from '@temporalio/workflow';
import { approvers, whyNoDecision } from '../model/approval';
import { deploymentId } from '../model/ids';
import type { ReleasedImage } from '../model/image';
import type { Abort, Approval, GateStatus, Rejection, ReleaseStatus } from '../model/messages';
import type { ReleaseOutcome } from '../model/outcome';
import type { Plan, ReleaseRequest } from '../model/plan';
import {
  abortSignal,
  abortUpdate,
  approveSignal,
  approveUpdate,
  deploymentEndedSignal,
  rejectSignal,
  rejectUpdate,
  statusQuery,
  turnUpdate,
} from './messages';
import type { Phases } from './phases';
import type { Journey } from './journey';

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
  const approve = (decision: Approval): ReleaseStatus => {
    if (whyNoDecision(decision, state.journey?.waiting) === undefined)
      state.journey?.approval?.approvals.push(decision);
    return statusOf(state);
  };
  const reject = (decision: Rejection): ReleaseStatus => {
    const approval = state.journey?.approval;
    if (approval && whyNoDecision(decision, state.journey?.waiting) === undefined) approval.rejection ??= decision;
    return statusOf(state);
  };
  const abort = (asked: Abort): ReleaseStatus => {
    if (!state.abort && !state.outcome) {
      state.abort = asked;
      if (state.journey) state.journey.abort = asked;
      stop();
    }
    return statusOf(state);
  };
  const mayDecide = (decision: unknown): void => {
    const refusal = whyNoDecision(decision, state.journey?.waiting);
    if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal, 'NotNow');
  };

  setHandler(approveSignal, (decision) => void approve(decision), {
    description: 'Approve: { "by": "you@example.com", "comment": "why" }',
  });
  setHandler(approveUpdate, approve, { description: 'Approve; answers the status', validator: mayDecide });
  setHandler(rejectSignal, (decision) => void reject(decision), {
    description: 'Reject: { "by": "you@example.com", "comment": "why" }',
  });
  setHandler(rejectUpdate, reject, { description: 'Reject; answers the status', validator: mayDecide });
  setHandler(abortSignal, (asked) => void abort(asked), {
    description: 'Stop; what has changed is rolled back: { "by": "you@example.com", "reason": "why" }',
  });
  setHandler(abortUpdate, abort, { description: 'Stop; answers the status' });
  setHandler(statusQuery, () => statusOf(state), { description: 'Phases, gates and outcome of this release' });
  // Temporal's own Cancel button means the same as an abort.
  CancellationScope.current().cancelRequested.catch(() => abort({ by: 'a cancel request in Temporal' }));
  setHandler(
    turnUpdate,
    ({ requestId }) => {
      const { journey } = state;
      const wanted = journey?.asked?.requestId === requestId && !journey.ended && !journey.abort;
      if (wanted && journey.asked) {
        journey.asked.turnTaken = true;
        journey.asked.phase.done('its turn has come');
      }
      return { wanted };
    },
    { description: 'An environment offers the turn' },
  );
  setHandler(
    deploymentEndedSignal,
    (ended) => {
      const { journey } = state;
      if (journey?.asked?.requestId === ended.requestId) journey.ended ??= ended;
    },
    { description: 'A deployment tells how it ended' },
  );
}

function statusOf(state: ReleaseState): ReleaseStatus {
  const { request, plan, phases, image, journey, outcome } = state;
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
    ...(journey?.waiting && {
      waitingForApproval: { ...journey.waiting, approvedBy: approvers(journey.approval ?? { approvals: [] }) },
    }),
    ...(journey?.asked?.turnTaken && {
      deploying: {
        environment: journey.asked.environment,
        deploymentId: deploymentId(request.project, journey.asked.environment),
        requestId: journey.asked.requestId,
      },
    }),
    ...(outcome && { outcome }),
  };
}
