import { condition, setHandler } from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import { deploymentId, environmentId } from '../model/ids';
import type { Abort, DeploymentOutcome, DeploymentRequest, ReleaseStatus, RequestStanding } from '../model/messages';
import { turns } from './activities';
import type { AskedTurn } from './journey';
import { abortWords } from './journey';
import { deploymentEndedSignal, deploymentReturningSignal, turnUpdate } from './messages';
import type { Phases } from './phases';

/** A lost queue heals within this; doubling up to the longest, so that a wait of days costs few questions. */
const ASK_AGAIN_MS = 60_000;
const ASK_AGAIN_AT_MOST_MS = 6 * 3_600_000;
/** How soon an abort that found nothing to stop is passed on again. */
const ABORT_AGAIN_MS = 2_000;

/** Whoever waits for a turn; its handlers write `abort` and `ended`. */
export interface TurnTaker {
  phases: Phases;
  abort?: Abort;
  /** The request whose turn is waited for or taken. */
  asked?: AskedTurn;
  ended?: DeploymentOutcome;
}

/** What an environment and a deployment say to whoever asked for the turn. `taker` is whoever waits now, if anybody does. */
export function registerTurnHandlers(taker: () => TurnTaker | undefined): void {
  setHandler(
    turnUpdate,
    ({ requestId }) => {
      const waiting = taker();
      const wanted = waiting?.asked?.requestId === requestId && !waiting.ended && !waiting.abort;
      if (wanted && waiting.asked) {
        waiting.asked.turnTaken = true;
        waiting.asked.take();
      }
      return { wanted };
    },
    { description: 'An environment offers the turn' },
  );
  setHandler(
    deploymentReturningSignal,
    ({ requestId, cause }) => {
      const asked = taker()?.asked;
      if (asked?.requestId === requestId) asked.returning = cause;
    },
    { description: 'A deployment tells that it goes back by itself' },
  );
  setHandler(
    deploymentEndedSignal,
    (ended) => {
      const waiting = taker();
      if (waiting?.asked?.requestId === ended.requestId) waiting.ended ??= ended;
    },
    { description: 'A deployment tells how it ended' },
  );
}

/** Asks for the turn and waits for the deployment's end; asks again and again, since asking is harmless and heals. */
export async function waitForTurn(
  taker: TurnTaker,
  request: DeploymentRequest,
  askAgainMs = ASK_AGAIN_MS,
): Promise<DeploymentOutcome> {
  const { requestId, environment, commit } = request;
  delete taker.ended;
  const phase = taker.phases.begin('turn', 'asking for a turn', environment.name);
  const take = (): void => {
    phase.done('its turn has come');
    const deployment = deploymentId(request.project, environment.name);
    taker.phases.below(`**Being deployed** to ${environment.name}: look at \`${deployment}\``);
  };
  const asked: AskedTurn = { requestId, environment: environment.name, take, turnTaken: false };
  taker.asked = asked;
  let pause = askAgainMs;
  for (;;) {
    const standing = await turns.askForTurn.executeWithOptions({ summary: `turn in ${environment.name}` }, [request]);
    if (standing.kind === 'ended') taker.ended ??= standing.outcome;
    if (standing.kind !== 'ended' && !asked.turnTaken) phase.say(inWords(standing));
    await condition(() => taker.ended !== undefined || taker.abort !== undefined, pause, {
      summary: `deployment of ${shortCommit(commit)} to ${environment.name}`,
    });
    pause = Math.min(pause * 2, ASK_AGAIN_AT_MOST_MS);
    if (!taker.ended && taker.abort) await giveUp(taker, request, taker.abort);
    // Set by a handler or by giveUp, which the compiler cannot see.
    const { ended } = taker;
    if (!ended) continue;
    delete taker.asked;
    taker.phases.below(undefined);
    if (!asked.turnTaken) phase.fail(ended.cause);
    return ended;
  }
}

/** What a status says of the deployment that is waited for. */
export function deployingOf(project: string, asked: AskedTurn | undefined): Pick<ReleaseStatus, 'deploying'> {
  if (!asked?.turnTaken) return {};
  const { environment, requestId } = asked;
  return { deploying: { environment, deploymentId: deploymentId(project, environment), requestId } };
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
async function giveUp(taker: TurnTaker, request: DeploymentRequest, abort: Abort): Promise<void> {
  const environment = request.environment.name;
  for (let pause = ABORT_AGAIN_MS; ; pause = Math.min(pause * 2, ASK_AGAIN_MS)) {
    const { result } = await turns.withdrawRequest({
      environmentId: environmentId(request.project, environment),
      requestId: request.requestId,
    });
    if (taker.ended) return;
    if (result === 'removed' || (result === 'unknown' && !taker.asked?.turnTaken)) {
      taker.ended = {
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
    if (await condition(() => taker.ended !== undefined, pause)) return;
    const standing = await turns.askForTurn(request);
    if (standing.kind === 'ended') {
      taker.ended = standing.outcome;
      return;
    }
  }
}
