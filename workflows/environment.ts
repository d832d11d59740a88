import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { DeploymentEnd } from '../activities/turns/activities';
import { shortCommit } from '../model/commit';
import type { CurrentDeployment, EnvironmentData } from '../model/environment-queue';
import {
  emptyEnvironment,
  enqueue,
  dropOffer,
  giveWay,
  isCleanEnd,
  nextInLine,
  offer,
  reasonToHold,
  recordEnd,
  standingOf,
  started,
  withdraw,
} from '../model/environment-queue';
import { environmentTable } from '../model/environment-table';
import { deploymentId } from '../model/ids';
import type { DeploymentOutcome, DeploymentRequest, EnvironmentState } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import { deploymentWaits, turns } from './activities';
import { attributePairs } from './attributes';
import { deployment } from './deployment';
import { lookAtWhatRuns } from './environment-reconcile';
import { readFailure } from './failure';
import {
  deploymentEndedSignal,
  enqueueUpdate,
  environmentStateQuery,
  resolveSignal,
  standingQuery,
  withdrawUpdate,
} from './messages';

export interface EnvironmentInput {
  project: string;
  name: string;
  /** Carried over continue-as-new. */
  data?: EnvironmentData;
}

/**
 * One environment, for ever: the queue, the deployment in flight, what ended and what is known to be good.
 *
 * It starts deployments and waits for their end; it never deploys by itself. The lock is the open deployment workflow
 * under its fixed id: nothing has to remember to unlock.
 */
export async function environment(input: EnvironmentInput): Promise<never> {
  const { project, name } = input;
  const id = deploymentId(project, name);
  let data = input.data ?? emptyEnvironment();
  const change = (next: EnvironmentData): void => {
    data = next;
    setCurrentDetails(environmentTable(data));
  };

  // Handlers are synchronous and registered before the first await: nothing can be missed, also not on continue-as-new.
  setHandler(
    enqueueUpdate,
    (request) => {
      change(enqueue(data, request));
      return standingOf(data, request.requestId);
    },
    { description: 'A release asks for its turn; safe to repeat' },
  );
  setHandler(
    withdrawUpdate,
    ({ requestId }) => {
      const withdrawn = withdraw(data, requestId);
      change(withdrawn.data);
      return withdrawn.answer;
    },
    { description: 'A release gives up its place: { "requestId": … }' },
  );
  setHandler(standingQuery, ({ requestId }) => standingOf(data, requestId), { description: 'Where a request stands' });
  setHandler(
    environmentStateQuery,
    () => ({
      environment: name,
      ...(data.current && { current: currentState(data.current, id) }),
      ...(data.hold && { hold: data.hold }),
      queue: data.queue.map(({ requestId, releaseId, commit, actor }) => ({ requestId, releaseId, commit, actor })),
      recent: data.recent,
      verified: data.verified,
    }),
    { description: 'Queue, deployment in flight, hold, last outcomes' },
  );
  setHandler(
    resolveSignal,
    ({ by, reason }) => {
      log.info('a person resolved the hold', { by, reason });
      const { hold, unclean, ...rest } = data;
      change(rest);
    },
    { description: 'The environment was looked after and may go on: { "by": …, "reason": … }' },
  );

  setCurrentDetails(environmentTable(data));
  for (;;) {
    await condition(() => somethingToDo(data) || workflowInfo().continueAsNewSuggested);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof environment>({ project, name, data });

    const { current } = data;
    if (current?.runId !== undefined) {
      const end = await waitForEnd(id, current.requestId, current.runId);
      // Undefined: the history grew long meanwhile. The deployment goes on; the next run waits for it.
      if (end) {
        const outcome = outcomeOf(current, end);
        // A deployment tells its release how it ended, unless it could not.
        if (end.kind === 'cut-off') await tell(current.releaseId, outcome);
        change(afterEnd(data, current, outcome));
      }
    } else if (data.unclean) {
      const { unclean } = data;
      const hold = await reasonAfterLook(unclean.environment, project, data);
      change(afterLook(data, hold === undefined ? undefined : `${hold} (${unclean.cause})`));
    } else {
      const request = current?.request ?? nextInLine(data);
      if (!request) continue;
      change(offer(data, request));
      change(await begin(id, request, () => data));
    }
  }
}

function currentState(
  { requestId, releaseId, commit }: CurrentDeployment,
  id: string,
): NonNullable<EnvironmentState['current']> {
  return { requestId, releaseId, commit, deploymentId: id };
}

function somethingToDo(data: EnvironmentData): boolean {
  return data.current !== undefined || data.unclean !== undefined || nextInLine(data) !== undefined;
}

/** Offers the turn and starts the deployment; answers what the environment knows afterwards. */
async function begin(id: string, request: DeploymentRequest, latest: () => EnvironmentData): Promise<EnvironmentData> {
  const { requestId, releaseId, commit, environment: spec, actor, project } = request;
  // Whoever is found under the id ends first: an environment that is gone has started it.
  const stranger = await turns.openDeployment({ deploymentId: id });
  if (stranger) return giveWay(latest(), stranger);

  const { wanted } = await turns.offerTurn.executeWithOptions({ summary: `offer the turn to ${shortCommit(commit)}` }, [
    { releaseId, requestId },
  ]);
  if (!wanted) return dropOffer(latest());
  try {
    const handle = await startChild(deployment, {
      workflowId: id,
      args: [request],
      // Ending the environment must not cut off a deployment in flight.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${shortCommit(commit)} to ${spec.name}, asked for by ${actor}`,
      memo: { requestId, releaseId, commit, environment: spec },
      typedSearchAttributes: attributePairs({
        SluiceProject: project,
        SluiceEnvironments: [spec.name],
        SluiceCommit: commit,
        SluiceActor: actor,
      }),
    });
    return started(latest(), handle.firstExecutionRunId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // It may have closed since: then the request is simply offered again.
    return giveWay(latest(), (await turns.openDeployment({ deploymentId: id })) ?? undefined);
  }
}

function outcomeOf(current: CurrentDeployment, end: DeploymentEnd): DeploymentOutcome {
  if (end.kind === 'ended') return end.outcome;
  return {
    requestId: current.requestId,
    environment: current.environment.name,
    commit: current.commit,
    outcome: 'undetermined',
    cause: `the deployment of ${shortCommit(current.commit)} was cut off: ${end.cause}`,
  };
}

function afterEnd(data: EnvironmentData, current: CurrentDeployment, outcome: DeploymentOutcome): EnvironmentData {
  const ended = recordEnd(data, outcome);
  if (isCleanEnd(outcome.outcome)) return ended;
  return { ...ended, unclean: { cause: outcome.cause, environment: current.environment } };
}

/** An environment that cannot look holds, too: failing here would lose the whole queue. */
async function reasonAfterLook(
  spec: EnvironmentSpec,
  project: string,
  data: EnvironmentData,
): Promise<string | undefined> {
  try {
    return reasonToHold(await lookAtWhatRuns(spec, project), data.verified);
  } catch (error) {
    return `what runs could not be seen: ${readFailure(error).message}`;
  }
}

function afterLook(data: EnvironmentData, reason: string | undefined): EnvironmentData {
  const { unclean, ...rest } = data;
  return reason === undefined ? rest : { ...rest, hold: { reason, since: Date.now(), by: 'sluice' } };
}

async function tell(releaseId: string, outcome: DeploymentOutcome): Promise<void> {
  try {
    await getExternalWorkflowHandle(releaseId).signal(deploymentEndedSignal, outcome);
  } catch (error) {
    // Uncaught, a release that is gone would fail its environment and lose the whole queue.
    if (!(error instanceof ApplicationFailure)) throw error;
  }
}

/** Waits until the deployment has closed, however it does; undefined when it is time to continue as new. */
async function waitForEnd(id: string, requestId: string, runId: string): Promise<DeploymentEnd | undefined> {
  const scope = new CancellationScope();
  const closed = scope.run(() =>
    deploymentWaits.awaitDeployment.executeWithOptions({ summary: `the deployment for ${requestId} ends` }, [
      { deploymentId: id, runId },
    ]),
  );
  let end: DeploymentEnd | undefined;
  const settled = closed.then((result) => {
    end = result;
  });
  await Promise.race([settled, condition(() => workflowInfo().continueAsNewSuggested)]);
  if (end) return end;
  scope.cancel();
  try {
    return await closed;
  } catch (error) {
    if (isCancellation(error)) return undefined;
    throw error;
  }
}
