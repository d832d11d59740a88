import { exitCodeOf } from '../../release-end';
import type { ReleaseEnd } from '../../release-end';
import { askedRead } from '../asked';
import { bearerOf } from '../caller';
import { problemOf } from '../client-problem';
import { GatewayProblem } from '../problem';
import { waitForChange } from '../wait-for-change';
import type { GatewayContext, GatewayWorld } from '../world';

/** `GET /v1/releases/:release`: what is known of the one run that the ticket is for; with `waitSeconds`, when something has changed. */
export async function readRoute(c: GatewayContext, world: GatewayWorld): Promise<Response> {
  const { ref, renewed } = await world.tickets.read(bearerOf(c));
  const { run = ref.runId, waitSeconds, since } = askedRead(new URL(c.req.url).searchParams);
  if (c.req.param('release') !== ref.workflowId || run !== ref.runId)
    throw new GatewayProblem('refused', 'The ticket is for another release.');
  c.var.facts.release = ref;

  const seen = await waitForChange(() => world.looks.at(ref), {
    since,
    waitMs: waitSeconds * 1000,
    signals: [c.req.raw.signal, world.stopping],
  }).catch((error: unknown) => {
    throw problemOf(error);
  });
  const { version, summary, snapshot, silence, end } = seen;
  return c.json({
    ...summary,
    ...snapshot,
    ...(silence !== undefined && { silence }),
    version,
    ...(end && { ended: endOf(end) }),
    ...renewed,
  });
}

function endOf(end: ReleaseEnd): object {
  const told = end.terminated ? { outcome: 'terminated', cause: end.cause } : end.outcome;
  return { ...told, exitCode: exitCodeOf(end) };
}
