import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import type { EnvironmentData } from '../model/environment-data';
import { waitingRollback } from '../model/environment-line';
import { dropOffer, giveWay, offer, started } from '../model/environment-queue';
import type { DeploymentRequest } from '../model/messages';
import { turns } from './activities';
import { attributePairs } from './attributes';
import { deployment } from './deployment';
import type { Line } from './environment-line';
import { unless } from './environment-line';

/** Offers the turn and starts the deployment. */
export async function grant(line: Line, request: DeploymentRequest): Promise<void> {
  line.change(offer(line.data, request));
  line.change(await afterOffer(line, request));
}

/** Answers what is known afterwards. */
async function afterOffer(line: Line, request: DeploymentRequest): Promise<EnvironmentData> {
  const { requestId, releaseId, commit } = request;
  const mustGiveWay = (): boolean => !request.rollback && waitingRollback(line.data) !== undefined;
  const answered = await unless(mustGiveWay, () =>
    turns.offerTurn.executeWithOptions(
      // A release that does not answer must not keep a rollback waiting.
      { summary: `offer the turn to ${shortCommit(commit)}`, cancellationType: 'TRY_CANCEL' },
      [{ releaseId, requestId }],
    ),
  );
  if (answered && !answered.answer.wanted) return dropOffer(line.data);
  if (!answered || mustGiveWay()) return giveWay(line.data, undefined);
  try {
    const runId = await start(line.deploymentId, request);
    return started(line.data, runId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // Whoever is found under the id ends first. It may have closed since: then the request is simply offered again.
    const other = await turns.openDeployment({ deploymentId: line.deploymentId });
    return giveWay(line.data, other ?? undefined);
  }
}

/** Answers the run id. The memo is what an environment that has lost everything knows of the deployment. */
async function start(workflowId: string, request: DeploymentRequest): Promise<string> {
  const { requestId, releaseId, commit, environment: spec, actor, project, rollback } = request;
  const handle = await startChild(deployment, {
    workflowId,
    args: [request],
    // Ending the environment must not cut off a deployment in flight.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${rollback ? 'Back to ' : ''}${shortCommit(commit)} ${rollback ? 'in' : 'to'} ${spec.name}, asked for by ${actor}`,
    memo: {
      requestId,
      releaseId,
      commit,
      environment: spec,
      ...(rollback && { rollback: { by: actor, reason: rollback.reason } }),
    },
    typedSearchAttributes: attributePairs({
      SluiceProject: project,
      SluiceEnvironments: [spec.name],
      SluiceCommit: commit,
      SluiceActor: actor,
    }),
  });
  return handle.firstExecutionRunId;
}
