import type { ProjectPolicy } from '../../../model/policy/policy';
import type { VerifiedTrigger } from '../../../model/policy/trigger';
import { judgeTrigger } from '../../../model/policy/trigger';
import type { ReleaseRequest } from '../../../model/plan';
import { actorOf } from '../actor';
import type { AskedStart } from '../asked';
import { askedNothing, askedStart } from '../asked';
import { readJson } from '../body';
import { verifiedCaller, writeOnce } from '../caller';
import { GatewayProblem } from '../problem';
import type { GatewayContext, GatewayWorld } from '../world';

/** `POST /v1/releases`: starts a release or a check, or attaches to the running one that was asked for the same. */
export async function startRoute(c: GatewayContext, world: GatewayWorld): Promise<Response> {
  const token = await verifiedCaller(c, world);
  askedNothing(new URL(c.req.url).searchParams);
  const asked = askedStart(await readJson(c.req.raw, world.body));
  const verdict = judgeTrigger(world.policy(), token.trigger, asked);
  if (!verdict.allowed) throw new GatewayProblem('refused', verdict.reason);

  const request = requestOf(asked, verdict.project, token.trigger);
  const started = await writeOnce(world, token, () => world.releases.start(request));
  const { workflowId, runId, attached } = started;
  Object.assign(c.var.facts, { release: { workflowId, runId }, attached });
  const ticket = await world.tickets.issue(started);
  const uiUrl = world.pageOf?.(started);
  return c.json({ workflowId, runId, attached, ...ticket, ...(uiUrl !== undefined && { uiUrl }) }, 202);
}

/** Where the repository is comes from the policy and who asks from the token: of the caller's own words only the commit and the wish are left. */
function requestOf(asked: AskedStart, project: ProjectPolicy, trigger: VerifiedTrigger): ReleaseRequest {
  const { purpose, commit, environments, allowOlder } = asked;
  return {
    purpose,
    project: project.project,
    repository: project.repository,
    commit,
    environments,
    event: trigger.event,
    actor: actorOf(trigger),
    trigger,
    ...(allowOlder !== undefined && { allowOlder }),
  };
}
