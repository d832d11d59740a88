import { shortCommit } from '../model/commit';
import type { Baseline, ServiceTarget } from '../model/target';
import { ecs, ecsForward, source } from './activities';
import { baselineOf } from './deployment-baseline';
import type { ForwardEnd } from './deployment-proof';
import { proveHealthy, proveStable, revisionOf } from './deployment-proof';
import { inPhase } from './phases';
import { permitOf, targetsOf } from './targets';
import type { MovedService, Trip } from './trip';

/** The way out: baseline, update, stable, healthy. Anything but `released` after a service moved is rolled back by the caller. */
export async function moveForward(trip: Trip): Promise<ForwardEnd> {
  const { request } = trip;
  const targets = targetsOf(request.environment, request.project, request.requestId);
  const baselines = await captureBaselines(trip, targets);

  const already = await alreadyDecided(trip, baselines);
  if (already) return already;

  const taskDefinitions: Record<string, string> = {};
  for (const { target, baseline } of baselines) {
    const result = await moveService(trip, target, baseline);
    if ('outcome' in result) return result;
    taskDefinitions[baseline.service] = result.taskDefinitionArn;
  }
  for (const { target } of baselines) {
    const taskDefinitionArn = taskDefinitions[target.service.service];
    if (taskDefinitionArn === undefined) continue;
    await ecs.markVerified.executeWithOptions({ summary: `${target.service.service} is verified` }, [
      { target, taskDefinitionArn },
    ]);
  }
  return {
    outcome: 'released',
    cause: `${shortCommit(request.commit)} runs in ${request.environment.name} and is healthy${trip.wentBack ?? ''}`,
    revision: revisionOf(request, taskDefinitions),
  };
}

interface Captured {
  target: ServiceTarget;
  baseline: Baseline;
}

async function captureBaselines(trip: Trip, targets: ServiceTarget[]): Promise<Captured[]> {
  const { request, phases } = trip;
  const phase = phases.begin('baseline', 'looking at what runs now', request.environment.name);
  return inPhase(
    phase,
    async () => {
      const requireCircuitBreaker = request.embedded?.requireCircuitBreaker ?? false;
      await ecsForward.inspectTargets.executeWithOptions({ summary: 'may it go there, and can it?' }, [
        { targets, permit: permitOf(request), requireCircuitBreaker },
      ]);
      const captured: Captured[] = [];
      for (const target of targets) {
        captured.push({ target, baseline: await baselineOf(target, (text) => phase.say(text)) });
      }
      return captured;
    },
    (captured) => captured.map(({ baseline }) => describeBaseline(baseline)).join('; '),
  );
}

function describeBaseline({ service, taskDefinitionArn, commit }: Baseline): string {
  const revision = taskDefinitionArn.split('/').at(-1) ?? taskDefinitionArn;
  return `${service} runs ${commit === undefined ? '' : `${shortCommit(commit)} as `}${revision}`;
}

/** What can be said before anything moves: it runs already, something newer runs, or the approval was for something else. */
async function alreadyDecided(trip: Trip, captured: Captured[]): Promise<ForwardEnd | undefined> {
  const { request } = trip;
  const sameEverywhere = captured.every(
    ({ target, baseline }) =>
      baseline.commit === request.commit && baseline.digests[target.service.container] === request.imageDigest,
  );
  if (sameEverywhere) return nothingToDeploy(trip, captured);

  for (const { baseline } of captured) {
    const running = baseline.commit;
    if (running === undefined || running === request.commit) continue;
    const { newer } = await source.compareCommits({
      repository: request.repository,
      commit: request.commit,
      running,
    });
    if (newer && request.allowOlder !== undefined) {
      trip.wentBack = `; it went back from ${shortCommit(running)}: ${request.allowOlder}`;
    } else if (newer) {
      return {
        outcome: 'superseded',
        cause: `${baseline.service} already runs ${shortCommit(running)}, which descends from ${shortCommit(request.commit)}; to go back to the older commit, start it with --allow-older "<reason>"`,
      };
    }
  }

  for (const { target, baseline } of request.approved ? captured : []) {
    const preview = await ecs.previewRevision({
      target,
      baseline,
      imageReference: request.imageReference,
      commit: request.commit,
    });
    if (preview.fingerprint !== request.approved?.fingerprints[baseline.service]) {
      return {
        outcome: 'approval-stale',
        cause: `what would change in ${baseline.service} is no longer what was approved`,
      };
    }
  }
  return undefined;
}

/** Not taken on trust: the service is asked all the same. */
async function nothingToDeploy(trip: Trip, captured: Captured[]): Promise<ForwardEnd> {
  const { request } = trip;
  const taskDefinitions: Record<string, string> = {};
  for (const { target, baseline } of captured) {
    const unhealthy = await proveHealthy(trip, target);
    // Not `rolled-back`: nothing was touched, and there is nothing of ours to take back.
    if (unhealthy) {
      return { outcome: 'refused', cause: `it already runs, so nothing was changed, but ${unhealthy.cause}` };
    }
    taskDefinitions[baseline.service] = baseline.taskDefinitionArn;
  }
  return {
    outcome: 'released',
    cause: `nothing to deploy: ${shortCommit(request.commit)} already runs in ${request.environment.name} and is healthy`,
    revision: revisionOf(request, taskDefinitions),
  };
}

async function moveService(
  trip: Trip,
  target: ServiceTarget,
  baseline: Baseline,
): Promise<ForwardEnd | { taskDefinitionArn: string }> {
  const { request, phases, moved } = trip;
  const { name } = request.environment;
  const { service } = target.service;
  const forward = { target, baseline, permit: permitOf(request), release: request.requestId };

  const deployment = await inPhase(
    phases.begin('update', `registering a revision for ${service}`, name),
    async () => {
      const { taskDefinitionArn } = await ecsForward.registerRevision.executeWithOptions(
        { summary: `a revision of ${service} with ${shortCommit(request.commit)}` },
        [forward],
      );
      // Registered as moved before the call: an answer that is lost must not hide that the service moved.
      const step: MovedService = { target, baseline };
      moved.push(step);
      step.deployment = await ecsForward.updateService.executeWithOptions(
        { summary: `${service} moves to the new revision` },
        [{ ...forward, taskDefinitionArn }],
      );
      return step.deployment;
    },
    ({ taskDefinitionArn }) => `${service} moves to ${taskDefinitionArn.split('/').at(-1) ?? taskDefinitionArn}`,
  );

  const unproved = (await proveStable(trip, target, deployment)) ?? (await proveHealthy(trip, target));
  return unproved ?? { taskDefinitionArn: deployment.taskDefinitionArn };
}
