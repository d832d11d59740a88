import type { DeploymentOutcome, DeploymentRequest, VerifiedRevision } from '../model/messages';
import { shortCommit } from '../model/commit';
import type { ServiceDeploymentRef, ServiceTarget } from '../model/target';
import { ecsWaits, health } from './activities';
import { inPhase } from './phases';
import type { Trip } from './trip';

/** How the way out ends; anything but `released` after a service moved is rolled back by the caller. */
export type ForwardEnd = Pick<DeploymentOutcome, 'outcome' | 'cause' | 'revision'>;

/** Waits for ECS's verdict on our deployment; undefined when it succeeded with our image. */
export async function proveStable(
  { request, phases }: Trip,
  target: ServiceTarget,
  deployment: ServiceDeploymentRef,
): Promise<ForwardEnd | undefined> {
  const { service } = target.service;
  const end = await inPhase(
    phases.begin('stable', `waiting for ECS to finish the deployment of ${service}`, request.environment.name),
    () =>
      ecsWaits.awaitStable.executeWithOptions({ summary: `${service} becomes stable` }, [
        { target, deployment, imageDigest: request.imageDigest, withinMs: target.service.stableWithinMs },
      ]),
    (result) => (result.kind === 'succeeded' ? `${service} is stable on our revision` : { failed: result.cause }),
  );
  if (end.kind === 'succeeded') return undefined;
  return { outcome: end.kind === 'superseded' ? 'superseded' : 'rolled-back', cause: `${service}: ${end.cause}` };
}

/** Asks the service itself; undefined when it is healthy on the request's commit. */
export async function proveHealthy(trip: Trip, target: ServiceTarget): Promise<ForwardEnd | undefined> {
  const { request, phases } = trip;
  const { service } = target.service;
  const phase = phases.begin('healthy', `asking ${service} itself`, request.environment.name);
  const report = await inPhase(
    phase,
    () =>
      health.checkHealth.executeWithOptions({ summary: `${service} answers with ${shortCommit(request.commit)}` }, [
        { target, commit: request.commit, imageDigest: request.imageDigest, health: target.service.health },
      ]),
    (result) => (result.healthy ? result.cause : { failed: result.cause }),
  );
  if (report.healthy) return undefined;
  return { outcome: 'rolled-back', cause: `${service} is not healthy: ${report.cause}` };
}

export function revisionOf(request: DeploymentRequest, taskDefinitions: Record<string, string>): VerifiedRevision {
  const { commit, imageDigest: digest, actor } = request;
  return { commit, digest, taskDefinitions, at: Date.now(), actor };
}
