import {
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { AbortDeployment, DeploymentOutcome, DeploymentRequest } from '../model/messages';
import { outcomeOfDeployment } from '../model/failure-outcome';
import { setAttributes } from './attributes';
import { moveForward } from './deployment-forward';
import { rollBack } from './deployment-rollback';
import { readFailure } from './failure';
import { abortDeploymentSignal, deploymentEndedSignal, deploymentStatusQuery } from './messages';
import { createPhases } from './phases';
import type { MovedService, Trip } from './trip';

type End = Pick<DeploymentOutcome, 'outcome' | 'cause' | 'revision'>;

/**
 * One trip through an environment and, when needed, back.
 *
 * Its id is fixed for the environment, so that the server itself refuses a second one; its life is the lock.
 * Only an `abort` of its own request stops it, and abort means roll back.
 * Completes when released, else fails with the outcome as the failure's type.
 */
export async function deployment(request: DeploymentRequest): Promise<DeploymentOutcome> {
  const phases = createPhases((phase) => setAttributes({ SluicePhase: phase }));
  const moved: MovedService[] = [];
  const forward = new CancellationScope();
  let abort: AbortDeployment | undefined;
  let returning = false;

  setHandler(
    abortDeploymentSignal,
    (asked) => {
      // A late or misdirected abort must not touch somebody else's deployment, nor interrupt a rollback.
      if (asked.requestId !== request.requestId || abort || returning) return;
      abort = asked;
      forward.cancel();
    },
    {
      description: 'Abort this deployment: { "requestId": …, "by": …, "reason": … }. What has changed is rolled back.',
    },
  );
  setHandler(
    deploymentStatusQuery,
    () => ({
      requestId: request.requestId,
      releaseId: request.releaseId,
      commit: request.commit,
      environment: request.environment.name,
      phases: phases.list,
      aborting: abort !== undefined,
    }),
    { description: 'Phases of this deployment' },
  );

  const trip: Trip = { request, phases, moved };
  let end: End;
  try {
    end = await forward.run(() => moveForward(trip));
  } catch (error) {
    end = endOfError(error, abort);
  }
  returning = true;
  if (end.outcome !== 'released' && moved.length > 0) {
    const cause = end;
    end = await CancellationScope.nonCancellable(() => rollBack(trip, cause));
  }

  const outcome: DeploymentOutcome = {
    requestId: request.requestId,
    environment: request.environment.name,
    commit: request.commit,
    ...end,
  };
  await CancellationScope.nonCancellable(() => report(request, outcome));
  setAttributes({ SluiceOutcome: outcome.outcome });
  if (outcome.outcome === 'released') return outcome;
  throw ApplicationFailure.create({
    type: outcome.outcome,
    message: outcome.cause,
    nonRetryable: true,
    details: [outcome],
  });
}

function endOfError(error: unknown, abort: AbortDeployment | undefined): End {
  if (isCancellation(error)) {
    const who = abort ? `aborted by ${abort.by}` : 'aborted by a cancel request in Temporal';
    const why = abort?.reason === undefined ? '' : `: ${abort.reason}`;
    return { outcome: 'aborted', cause: `${who}${why}` };
  }
  const failure = readFailure(error);
  return { outcome: outcomeOfDeployment(failure.type), cause: failure.message };
}

/** Tells the release itself, so that the loss of the environment between them loses nothing. */
async function report(request: DeploymentRequest, outcome: DeploymentOutcome): Promise<void> {
  try {
    await getExternalWorkflowHandle(request.releaseId).signal(deploymentEndedSignal, outcome);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    log.warn('the release is gone; its deployment ended all the same', { releaseId: request.releaseId });
  }
}
