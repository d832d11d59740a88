import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { DeploymentEnd } from '../activities/turns/activities';
import { shortCommit } from '../model/commit';
import type { CurrentDeployment, EnvironmentData } from '../model/environment-data';
import { withErrand } from '../model/environment-data';
import { afterEnd, afterLook, cutOff } from '../model/environment-end';
import { withoutPastHolds } from '../model/environment-hold';
import { abortFor, nextStep, waitWords, waitingRollback } from '../model/environment-line';
import type { Step } from '../model/environment-line';
import { abortedFor, searched } from '../model/environment-queue';
import { deploymentWaits, turns } from './activities';
import { startErrands } from './environment-errands';
import { grant } from './environment-grant';
import { registerHandlers } from './environment-handlers';
import type { EnvironmentInput, Line } from './environment-line';
import { createLine, isTimeToContinue, unless } from './environment-line';
import { reasonAfterLook } from './environment-look';

/**
 * One environment, for ever: the line, the deployment in flight, what ended and what is known to be good.
 *
 * The lock is the deployment's life under its fixed id: nothing has to remember to unlock. What to do next is decided by
 * the model; here it is done.
 */
export async function environment(input: EnvironmentInput): Promise<never> {
  const line = createLine(input);
  // Handlers are registered before the first await: nothing can be missed, also not on continue-as-new.
  registerHandlers(line);
  const errands = startErrands(line);
  for (;;) {
    if (isTimeToContinue()) {
      await errands.stop();
      // A look may be under way; all other handlers are synchronous.
      await condition(allHandlersFinished);
      const { project, name, data } = line;
      await continueAsNew<typeof environment>({ project, name, data });
    }
    await take(line, nextStep(line.data, Date.now()));
  }
}

async function take(line: Line, step: Step): Promise<void> {
  switch (step.kind) {
    case 'search': {
      const stranger = await turns.openDeployment({ deploymentId: line.deploymentId });
      line.change(searched(line.data, stranger ?? undefined));
      return;
    }
    case 'abort': {
      const { current, rollback } = step;
      await turns.abortDeployment.executeWithOptions({ summary: 'take back what is in flight, for a rollback' }, [
        { deploymentId: line.deploymentId, abort: abortFor(current, rollback) },
      ]);
      line.change(abortedFor(line.data, rollback.requestId));
      return;
    }
    case 'await end':
      return awaitEnd(line, step.current, step.runId);
    case 'grant':
      return grant(line, step.request);
    case 'look': {
      const looked = await unless(
        () => waitingRollback(line.data) !== undefined || line.data.unclean !== step.unclean,
        () => reasonAfterLook(step.unclean.environment, line),
      );
      if (looked) line.change(afterLook(line.data, step.unclean, looked.answer, Date.now()));
      return;
    }
    case 'wait':
      return pause(line, step.until);
  }
}

/** Until there is something to do. A wait with an end is one timer, however often somebody speaks meanwhile. */
async function pause(line: Line, until: number | undefined): Promise<void> {
  const isOver = (): boolean => {
    const next = nextStep(line.data, Date.now());
    return isTimeToContinue() || next.kind !== 'wait' || next.until !== until;
  };
  if (until === undefined) return condition(isOver);
  const now = Date.now();
  await condition(isOver, Math.max(1, until - now), { summary: waitWords(line.data, now) });
  line.change(withoutPastHolds(line.data, Date.now()));
}

/** Waits until the deployment has closed, however it does, it is to be aborted, or it is time to continue as new. */
async function awaitEnd(line: Line, current: CurrentDeployment, runId: string): Promise<void> {
  const { deploymentId } = line;
  const closed = await unless(
    () => isTimeToContinue() || nextStep(line.data, Date.now()).kind === 'abort',
    () =>
      deploymentWaits.awaitDeployment.executeWithOptions(
        { summary: `the deployment of ${shortCommit(current.commit)} ends` },
        [{ deploymentId, runId }],
      ),
  );
  // Without an end the deployment goes on, and so does the line: it is waited for again.
  if (closed) line.change(ended(line.data, current, closed.answer));
}

function ended(data: EnvironmentData, current: CurrentDeployment, end: DeploymentEnd): EnvironmentData {
  const now = Date.now();
  if (end.kind === 'ended') return afterEnd(data, current, end.outcome, now);
  // A deployment tells its release how it ended, unless it could not.
  const outcome = cutOff(current, end.cause, now);
  return withErrand(afterEnd(data, current, outcome, now), { kind: 'tell', releaseId: current.releaseId, outcome });
}
