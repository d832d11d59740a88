import type { DeploymentOutcome } from '../model/messages';
import { shortCommit } from '../model/commit';
import { saysNothing } from '../model/failure-outcome';
import type { Baseline, HealthReport, ServiceDeploymentRef, ServiceTarget } from '../model/target';
import { ecs, ecsWaits, health } from './activities';
import { readFailure } from './failure';
import type { MovedService, Trip } from './trip';

type End = Pick<DeploymentOutcome, 'outcome' | 'cause'>;

/** ECS may return to a revision of its own choosing first: then one UpdateService more. */
const RETURN_STEPS = 3;

/** Returns every touched service to its baseline, last touched first, and asks it whether it is healthy again. */
export async function rollBack(trip: Trip, why: End): Promise<End> {
  const { request, phases, moved } = trip;
  const phase = phases.begin('rollback', `returning: ${why.cause}`, request.environment.name);
  const troubles: string[] = [];
  const returned: string[] = [];
  let unknown = false;
  let untouched = true;
  for (const step of [...moved].reverse()) {
    try {
      const result = await returnAndProve(step, (text) => phase.say(text));
      if (result.kind === 'failed') troubles.push(result.cause);
      else returned.push(result.cause);
      untouched &&= result.kind === 'unmoved';
    } catch (error) {
      const failure = readFailure(error);
      unknown ||= saysNothing(failure.type);
      untouched = false;
      troubles.push(`${step.target.service.service}: ${failure.message}`);
    }
  }
  if (troubles.length > 0) {
    const cause = `${closed(why.cause)} The rollback did not finish: ${troubles.join('; ')}`;
    phase.fail(troubles.join('; '));
    return { outcome: unknown ? 'undetermined' : 'rollback-failed', cause };
  }
  phase.done(returned.join('; '));
  // What was refused or aborted before the service moved is not called rolled back, nor what somebody else took over.
  const kept = why.outcome === 'superseded' || (untouched && why.outcome !== 'undetermined');
  return { outcome: kept ? why.outcome : 'rolled-back', cause: `${closed(why.cause)} ${returned.join('; ')}` };
}

/** As a whole sentence; what AWS says mostly is one already. */
function closed(cause: string): string {
  return /[.!?]$/.test(cause) ? cause : `${cause}.`;
}

interface Returned {
  /** `unmoved`: no deployment of ours was ever seen, and the service runs its baseline. */
  kind: 'returned' | 'unmoved' | 'left' | 'failed';
  cause: string;
}

async function returnAndProve(step: MovedService, say: (text: string) => void): Promise<Returned> {
  const { target, baseline } = step;
  const { service } = target.service;
  if (baseline === null)
    return { kind: 'failed', cause: `${service} stays as it is: ${step.noBaseline ?? 'nothing else is known'}` };
  const revision = baseline.taskDefinitionArn.split('/').at(-1) ?? baseline.taskDefinitionArn;
  say(`returning ${service} to ${revision}`);
  const moved = await returnService(target, baseline, step.deployment ?? null, step.towards);
  if (moved.kind === 'left' || moved.kind === 'failed') return moved;
  const again = moved.kind === 'unmoved' ? 'still runs' : 'runs';
  say(`${service} ${again} ${revision}; asking it`);
  const report: HealthReport = await health.checkHealth.executeWithOptions(
    { summary: `${service} is healthy on its baseline again` },
    [
      {
        target,
        commit: baseline.commit ?? null,
        imageDigest: baseline.digests[target.service.container] ?? null,
        health: target.service.health,
      },
    ],
  );
  if (!report.healthy)
    return { kind: 'failed', cause: `${service} is back on ${revision} but not healthy: ${report.cause}` };
  const what = baseline.commit === undefined ? revision : `${shortCommit(baseline.commit)} (${revision})`;
  const cause =
    moved.kind === 'unmoved'
      ? `${service} still runs ${what}, healthy`
      : `${service} runs ${what} again and is healthy`;
  return { kind: moved.kind, cause };
}

/** Moves one service to `baseline` and waits until it is there. Never two movements at once: each step looks first. */
export async function returnService(
  target: ServiceTarget,
  baseline: Baseline,
  deployment: ServiceDeploymentRef | null,
  towards?: string,
): Promise<Returned> {
  const { service } = target.service;
  const ours = deployment ?? (towards === undefined ? null : { service, taskDefinitionArn: towards, deploymentId: '' });
  let last = 'nothing was tried';
  for (let step = 0; step < RETURN_STEPS; step += 1) {
    const begun = await ecs.beginReturn.executeWithOptions({ summary: `${service} is to return` }, [
      { target, baseline, deployment: ours },
    ]);
    if (begun.kind === 'already') {
      const kind = deployment === null && step === 0 ? 'unmoved' : 'returned';
      return { kind, cause: `${service} is on its baseline` };
    }
    if (begun.kind === 'superseded') return { kind: 'left', cause: `${service} was left alone: ${begun.cause}` };
    const end = await ecsWaits.awaitReturned.executeWithOptions({ summary: `${service} returns to its baseline` }, [
      { target, baseline, deployment: begun.deployment, withinMs: target.service.stableWithinMs },
    ]);
    if (end.kind === 'returned') return { kind: 'returned', cause: `${service} is on its baseline` };
    last = end.cause;
  }
  return { kind: 'failed', cause: `${service} did not return: ${last}` };
}
