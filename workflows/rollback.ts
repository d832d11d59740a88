import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { outcomeOfDeployment } from '../model/failure-outcome';
import { requestId } from '../model/ids';
import type { Abort, DeploymentRequest, ReleaseStatus } from '../model/messages';
import { ROLLBACK_IS_NOT_ABORTED } from '../model/no-abort';
import type { OutcomeName, ReleaseOutcome } from '../model/outcome';
import { isGood } from '../model/outcome';
import { endLine } from '../model/phase-table';
import type { RollbackRequest } from '../model/rollback';
import { revisionInWords, whyNotPossible } from '../model/rollback';
import { setAttributes } from './attributes';
import { readFailure } from './failure';
import { abortSignal, abortUpdate, statusQuery } from './messages';
import { createPhases } from './phases';
import type { Phases } from './phases';
import type { Prospect } from './rollback-prospect';
import { lookForProspect } from './rollback-prospect';
import type { TurnTaker } from './turn';
import { deployingOf, registerTurnHandlers, waitForTurn } from './turn';

/** What an answer is made of while it travels. */
interface State {
  request: RollbackRequest;
  phases: Phases;
  taker: TurnTaker;
  prospect?: Prospect;
  outcome?: ReleaseOutcome;
}

interface End {
  outcome: OutcomeName;
  cause: string;
}

/**
 * A rollback by hand: chooses the verified revision to go back to, looks whether it is still deployable, and asks for the
 * turn as a release does. No gates, no build, no approval; the environment lets it pass hold, freeze and whoever waits.
 *
 * Completes with `released`; every other outcome fails it, with the outcome as the failure's type and the
 * `ReleaseOutcome` as its first detail. It cannot be aborted.
 */
export async function rollback(request: RollbackRequest): Promise<ReleaseOutcome> {
  const phases = createPhases((phase) => setAttributes({ SluicePhase: phase }));
  const state: State = { request, phases, taker: { phases } };
  registerHandlers(state);

  // Temporal's own Cancel button is an abort too.
  const end = await CancellationScope.nonCancellable(() => travel(state));
  const { environment } = request;
  const outcome: ReleaseOutcome = {
    ...end,
    commit: state.prospect?.revision.commit ?? '',
    ...(state.prospect && { digest: state.prospect.revision.digest }),
    environments: state.taker.ended ? [{ environment, ...end }] : [],
  };
  state.outcome = outcome;
  state.phases.below(endLine(outcome));
  setAttributes({ SluiceOutcome: outcome.outcome });
  if (isGood(outcome.outcome)) return outcome;
  throw ApplicationFailure.create({
    type: outcome.outcome,
    message: outcome.cause,
    nonRetryable: true,
    details: [outcome],
  });
}

async function travel(state: State): Promise<End> {
  const { request, phases, taker } = state;
  const phase = phases.begin('admit', `asking ${request.environment} what is known to be good`, request.environment);
  const refused = (cause: string, outcome: OutcomeName = 'refused'): End => {
    phase.fail(cause);
    return { outcome, cause };
  };
  try {
    const { workflowId } = workflowInfo();
    const prospect = await lookForProspect(request, workflowId, (text) => phase.say(text));
    if ('nothing' in prospect) return refused(`${prospect.nothing}; nothing was changed`);
    state.prospect = prospect;
    setAttributes({ SluiceCommit: prospect.revision.commit });
    const reason = whyNotPossible(prospect.findings);
    const where = revisionInWords(prospect.revision);
    if (reason !== undefined) return refused(`cannot go back to ${where}: ${reason}; nothing was changed`);
    phase.done(`going back to ${where}`);
    const ended = await waitForTurn(taker, deploymentRequest(request, prospect), request.askAgainMs);
    // Never asked for by a rollback, which nobody approves.
    const outcome = ended.outcome === 'approval-stale' ? 'undetermined' : ended.outcome;
    const held = outcome === 'released' ? `; on hold until \`sluice resume --environment ${request.environment}\`` : '';
    return { outcome, cause: `${ended.cause}${held}` };
  } catch (error) {
    const { type, message } = readFailure(error);
    return refused(message, outcomeOfDeployment(type));
  }
}

function deploymentRequest(
  { project, actor, reason, environment: name }: RollbackRequest,
  { environment, revision, imageReference }: Prospect,
): DeploymentRequest {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return {
    requestId: requestId(firstExecutionRunId, name),
    releaseId: workflowId,
    project,
    // Git has no part in it.
    repository: '',
    commit: revision.commit,
    actor,
    planHash: '',
    environment,
    imageReference,
    imageDigest: revision.digest,
    rollback: { taskDefinitions: revision.taskDefinitions, reason },
  };
}

function registerHandlers(state: State): void {
  registerTurnHandlers(() => state.taker);
  setHandler(statusQuery, () => statusOf(state), { description: 'Phases and outcome of this rollback' });
  setHandler(abortSignal, (asked) => log.warn(`an abort was ignored: ${ROLLBACK_IS_NOT_ABORTED}`, { ...asked }), {
    description: 'Ignored: a rollback is not aborted',
  });
  setHandler(abortUpdate, () => statusOf(state), {
    description: 'Refused: a rollback is not aborted',
    validator: (asked: Abort) => {
      throw ApplicationFailure.nonRetryable(ROLLBACK_IS_NOT_ABORTED, 'NotNow', asked);
    },
  });
  CancellationScope.current().cancelRequested.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
    log.warn(`a cancel request was ignored: ${ROLLBACK_IS_NOT_ABORTED}`);
  });
}

function statusOf({ request, phases, taker, prospect, outcome }: State): ReleaseStatus {
  const { project, actor } = request;
  return {
    project,
    purpose: 'rollback',
    commit: prospect?.revision.commit ?? '',
    actor,
    requestHash: '',
    phases: phases.list,
    gates: [],
    ...(prospect && { digest: prospect.revision.digest }),
    ...deployingOf(project, taker.asked),
    ...(outcome && { outcome }),
  };
}
