import type { ReleaseStatus } from '../../../model/messages';
import type { ReleaseRef } from '../../release-end';
import { actorOf, verifiedRemark } from '../actor';
import type { AskedRelease } from '../asked';
import { askedAbort, askedDecision, askedRelease, askedRun } from '../asked';
import { readJson } from '../body';
import { verifiedCaller, writeOnce } from '../caller';
import { problemOf } from '../client-problem';
import { decisionMessage, requireOwnDecision } from '../decision';
import { concernedBy, judgeSteering } from '../judge-steering';
import { GatewayProblem } from '../problem';
import type { VerifiedToken } from '../verify-token';
import type { GatewayContext, GatewayWorld } from '../world';

interface Steering {
  token: VerifiedToken;
  body: Record<string, unknown>;
  ref: Required<ReleaseRef>;
  status: ReleaseStatus;
  asked: AskedRelease;
}

/** `POST /v1/releases/:release/approve` and `/reject`: the decision of the verified actor about the environment that waits. */
export async function decisionRoute(
  c: GatewayContext,
  world: GatewayWorld,
  decision: 'approve' | 'reject',
): Promise<Response> {
  const { token, body, ref, status, asked } = await steering(c, world);
  const { comment, environment = status.waitingForApproval?.environment } = askedDecision(body);
  if (environment === undefined) throw new GatewayProblem('conflict', 'This release does not wait for approval now.');
  judgeSteering(world.policy(), token.trigger, asked, environment);
  requireOwnDecision(token.trigger);

  // The environment always goes along: what was judged is what is decided.
  const given = { decision, environment, comment };
  const message = decisionMessage(world.signer, token.trigger, ref, status, given, Date.now());
  const after = await writeOnce(world, token, () => world.releases[decision](ref, message));
  return c.json({ ...ref, ...after });
}

/** `POST /v1/releases/:release/abort`: ends it; what has changed is rolled back. */
export async function abortRoute(c: GatewayContext, world: GatewayWorld): Promise<Response> {
  const { token, body, ref, status, asked } = await steering(c, world);
  const { reason } = askedAbort(body);
  judgeSteering(world.policy(), token.trigger, asked, concernedBy(status));

  const message = { by: actorOf(token.trigger), reason: verifiedRemark(token.trigger, reason) };
  const answer = await writeOnce(world, token, () => world.releases.abort(ref, message));
  return c.json({ ...ref, ...answer });
}

/** Everything up to the decision: only a token that policy allows somewhere in the project makes us ask Temporal anything. */
async function steering(c: GatewayContext, world: GatewayWorld): Promise<Steering> {
  const token = await verifiedCaller(c, world);
  const asked = askedRelease(c.req.param('release') ?? '');
  const run = askedRun(new URL(c.req.url).searchParams);
  const body = await readJson(c.req.raw, world.body);
  judgeSteering(world.policy(), token.trigger, asked, undefined);
  try {
    // Fixed now: what is judged below and what is written are then of one run.
    const { workflowId } = asked;
    const runId = run ?? (await world.releases.summary({ workflowId })).runId;
    const ref = { workflowId, runId };
    c.var.facts.release = ref;
    return { token, body, ref, status: await world.releases.status(ref), asked };
  } catch (error) {
    throw problemOf(error);
  }
}
