import { condition, workflowInfo } from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import { deploymentId, environmentId } from '../model/ids';
import type { Abort, DeploymentOutcome, DeploymentRequest, RequestStanding } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import { turns } from './activities';
import type { AskedTurn, Journey } from './journey';
import { abortWords } from './journey';

/** A lost queue heals within this; doubling up to the longest, so that a wait of days costs few questions. */
const ASK_AGAIN_MS = 60_000;
const ASK_AGAIN_AT_MOST_MS = 6 * 3_600_000;
/** How soon an abort that found nothing to stop is passed on again. */
const ABORT_AGAIN_MS = 2_000;

/** Asks for the turn and waits for the deployment's end; asks again and again, since asking is harmless and heals. */
export async function takeTurn(
  journey: Journey,
  environment: EnvironmentSpec,
  id: string,
  approved: DeploymentRequest['approved'],
): Promise<DeploymentOutcome> {
  const { plan, request, image, phases } = journey;
  delete journey.ended;
  const deploymentRequest: DeploymentRequest = {
    requestId: id,
    releaseId: workflowInfo().workflowId,
    project: plan.project,
    repository: plan.repository,
    commit: plan.commit,
    actor: request.actor,
    planHash: plan.hash,
    environment,
    imageReference: image.reference,
    imageDigest: image.digest,
    ...(approved && { approved }),
    ...(request.allowOlder !== undefined && { allowOlder: request.allowOlder }),
    ...(request.embedded && { embedded: { requireCircuitBreaker: request.embedded.requireCircuitBreaker } }),
  };

  const phase = phases.begin('turn', 'asking for a turn', environment.name);
  const asked: AskedTurn = { requestId: id, environment: environment.name, phase, turnTaken: false };
  journey.asked = asked;
  let pause = request.askAgainMs ?? ASK_AGAIN_MS;
  for (;;) {
    const standing = await turns.askForTurn.executeWithOptions({ summary: `turn in ${environment.name}` }, [
      deploymentRequest,
    ]);
    if (standing.kind === 'ended') journey.ended ??= standing.outcome;
    if (standing.kind !== 'ended' && !asked.turnTaken) phase.say(inWords(standing));
    await condition(() => journey.ended !== undefined || journey.abort !== undefined, pause, {
      summary: `deployment of ${shortCommit(plan.commit)} to ${environment.name}`,
    });
    pause = Math.min(pause * 2, ASK_AGAIN_AT_MOST_MS);
    if (!journey.ended && journey.abort) await giveUp(journey, deploymentRequest, journey.abort);
    // Set by a handler or by giveUp, which the compiler cannot see.
    const { ended } = journey;
    if (!ended) continue;
    delete journey.asked;
    if (!asked.turnTaken) phase.fail(ended.cause);
    return ended;
  }
}

function inWords(standing: RequestStanding): string {
  switch (standing.kind) {
    case 'queued':
      return `position ${standing.position}: ${standing.reason}`;
    case 'current':
      return 'being deployed';
    case 'ended':
    case 'unknown':
      return 'asking for a turn';
  }
}

/** Withdraws, or passes the abort on to the deployment in flight until it has ended. */
async function giveUp(journey: Journey, request: DeploymentRequest, abort: Abort): Promise<void> {
  const environment = request.environment.name;
  for (let pause = ABORT_AGAIN_MS; ; pause = Math.min(pause * 2, ASK_AGAIN_MS)) {
    const { result } = await turns.withdrawRequest({
      environmentId: environmentId(request.project, environment),
      requestId: request.requestId,
    });
    if (journey.ended) return;
    if (result === 'removed' || (result === 'unknown' && !journey.asked?.turnTaken)) {
      journey.ended = {
        requestId: request.requestId,
        environment,
        commit: request.commit,
        outcome: 'aborted',
        cause: abortWords(abort, `waiting for its turn in ${environment}`),
      };
      return;
    }
    await turns.abortDeployment({
      deploymentId: deploymentId(request.project, environment),
      abort: { ...abort, requestId: request.requestId },
    });
    // The deployment may not have started yet, and a rollback takes its time: it says itself when it has ended.
    if (await condition(() => journey.ended !== undefined, pause)) return;
    const standing = await turns.askForTurn(request);
    if (standing.kind === 'ended') {
      journey.ended = standing.outcome;
      return;
    }
  }
}
