import {
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import type { AbortDeployment, DeploymentOutcome, DeploymentRequest } from '../model/messages';
import { outcomeOfDeployment } from '../model/failure-outcome';
import { whyNoAbort } from '../model/no-abort';
import { endLine } from '../model/phase-table';
import { setAttributes } from './attributes';
import { moveForward } from './deployment-forward';
import { moveToVerified } from './deployment-to-verified';
import { rollBack } from './deployment-rollback';
import { readFailure } from './failure';
import {
  abortDeploymentSignal,
  deploymentEndedSignal,
  deploymentReturningSignal,
  deploymentStatusQuery,
} from './messages';
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
  const noAbort = (): string | undefined => whyNoAbort(request.rollback !== undefined, returning);

  setHandler(
    abortDeploymentSignal,
    (asked) => {
      // A late or misdirected abort must not touch somebody else's deployment, nor interrupt a rollback.
      const ignored = asked.requestId === request.requestId ? noAbort() : 'it is meant for another request';
      if (ignored !== undefined) log.warn(`an abort was ignored: ${ignored}`, { ...asked });
      if (ignored !== undefined || abort) return;
      abort = asked;
      forward.cancel();
    },
    {
      description: 'Abort this deployment: { "requestId": …, "by": …, "reason": … }. What has changed is rolled back.',
    },
  );
  setHandler(
    deploymentStatusQuery,
    () => {
      const reason = noAbort();
      return {
        requestId: request.requestId,
        releaseId: request.releaseId,
        commit: request.commit,
        environment: request.environment.name,
        phases: phases.list,
        aborting: abort !== undefined,
        ...(reason !== undefined && { noAbort: reason }),
      };
    },
    { description: 'Phases of this deployment' },
  );

  const trip: Trip = { request, phases, moved };
  let end: End;
  try {
    const { rollback } = request;
    end = rollback
      ? await CancellationScope.nonCancellable(() => moveToVerified(trip, rollback))
      : await forward.run(() => moveForward(trip));
  } catch (error) {
    end = endOfError(error, abort);
  }
  returning = true;
  if (end.outcome !== 'released' && moved.length > 0) {
    const cause = end;
    const aborted = abort !== undefined;
    end = await CancellationScope.nonCancellable(async () => {
      if (!aborted) await tellOfReturn(request, cause.cause);
      return rollBack(trip, cause);
    });
  }

  const outcome: DeploymentOutcome = {
    requestId: request.requestId,
    environment: request.environment.name,
    commit: request.commit,
    actor: request.actor,
    at: Date.now(),
    ...end,
  };
  await CancellationScope.nonCancellable(() => report(request, outcome));
  phases.below(endLine(outcome));
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
  await tell(request, (release) => release.signal(deploymentEndedSignal, outcome));
}

/** So that the release can refuse an abort with the reason: a rollback by itself is not stopped half-way. */
async function tellOfReturn(request: DeploymentRequest, cause: string): Promise<void> {
  const { requestId } = request;
  await tell(request, (release) => release.signal(deploymentReturningSignal, { requestId, cause }));
}

async function tell(
  { releaseId }: DeploymentRequest,
  say: (release: ExternalWorkflowHandle) => Promise<void>,
): Promise<void> {
  try {
    await say(getExternalWorkflowHandle(releaseId));
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    log.warn('the release is gone; its deployment goes on all the same', { releaseId });
  }
}
