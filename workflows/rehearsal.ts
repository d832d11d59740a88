import { ApplicationFailure, setHandler, workflowInfo } from '@temporalio/workflow';
import { outcomeOfDeployment } from '../model/failure-outcome';
import type { ReleaseStatus } from '../model/messages';
import { isGood } from '../model/outcome';
import type { RehearsalOutcome, RollbackRequest } from '../model/rollback';
import { revisionInWords, whyNotPossible } from '../model/rollback';
import { setAttributes } from './attributes';
import { readFailure } from './failure';
import { statusQuery } from './messages';
import { createPhases } from './phases';
import { lookForProspect } from './rollback-prospect';

/**
 * Proves that an environment could be rolled back now, without doing it: the same choice, the same looks, no write.
 *
 * Completes with `checked`; where a rollback could not be done it fails, with the outcome as the failure's type and the
 * `RehearsalOutcome` as its first detail, so that a schedule's failures show.
 */
export async function rehearsal(request: RollbackRequest): Promise<RehearsalOutcome> {
  const { environment: name, project, actor } = request;
  const phases = createPhases((phase) => setAttributes({ SluicePhase: phase }));
  const outcome: RehearsalOutcome = { outcome: 'undetermined', cause: '', commit: '', environments: [], findings: [] };
  let ended = false;
  setHandler(
    statusQuery,
    (): ReleaseStatus => ({
      ...{ project, purpose: 'rehearsal', commit: outcome.commit, actor, requestHash: '' },
      ...{ phases: phases.list, gates: [] },
      ...(ended && { outcome }),
    }),
    { description: 'What was found' },
  );

  const phase = phases.begin('admit', `asking ${name} what is known to be good`, name);
  try {
    const prospect = await lookForProspect(request, workflowInfo().workflowId, (text) => phase.say(text));
    Object.assign(outcome, 'nothing' in prospect ? { outcome: 'refused', cause: prospect.nothing } : judged(prospect));
  } catch (error) {
    const { type, message } = readFailure(error);
    Object.assign(outcome, { outcome: outcomeOfDeployment(type), cause: message });
  }
  ended = true;
  if (isGood(outcome.outcome)) phase.done(outcome.cause);
  else phase.fail(outcome.cause);
  setAttributes({ SluiceOutcome: outcome.outcome, ...(outcome.commit !== '' && { SluiceCommit: outcome.commit }) });
  if (isGood(outcome.outcome)) return outcome;
  throw ApplicationFailure.create({
    type: outcome.outcome,
    message: outcome.cause,
    nonRetryable: true,
    details: [outcome],
  });

  function judged(
    found: Exclude<Awaited<ReturnType<typeof lookForProspect>>, { nothing: string }>,
  ): Partial<RehearsalOutcome> {
    const { revision, findings } = found;
    const where = revisionInWords(revision);
    const reason = whyNotPossible(findings);
    const known = { commit: revision.commit, digest: revision.digest, findings };
    return reason === undefined
      ? { ...known, outcome: 'checked', cause: `${name} could go back to ${where} now; nothing was changed` }
      : { ...known, outcome: 'refused', cause: `${name} could not go back to ${where}: ${reason}` };
  }
}
