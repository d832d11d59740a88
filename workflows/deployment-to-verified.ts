import { ApplicationFailure } from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import type { FailureType } from '../model/failures';
import type { RollbackTarget } from '../model/messages';
import { revisionName } from '../model/service-view';
import type { RollbackStand, ServiceTarget } from '../model/target';
import { ecs, ecsWaits } from './activities';
import type { ForwardEnd } from './deployment-proof';
import { proveHealthy, proveStable, revisionOf } from './deployment-proof';
import { inPhase } from './phases';
import { targetsOf } from './targets';
import type { MovedService, Trip } from './trip';

/** A service that never comes to rest cannot be returned by us. */
const LOOKS = 5;

type Rested = Exclude<RollbackStand, { kind: 'rolling' }>;

interface Service {
  target: ServiceTarget;
  /** What it goes to. */
  taskDefinitionArn: string;
  stand: Rested;
}

/**
 * A rollback by hand: every service to the revision that was verified then, last first. Nothing is built or registered,
 * and what rolls now gives way. Anything but `released` after a service moved is taken back by the caller.
 */
export async function moveToVerified(trip: Trip, rollback: RollbackTarget): Promise<ForwardEnd> {
  const { request } = trip;
  const { name } = request.environment;
  const services = await standing(trip, rollback);

  for (const service of services) {
    const failed = service.stand.kind === 'runs' ? undefined : await moveService(trip, service, service.stand);
    if (failed) return failed;
  }
  const untouched = services.every(({ stand }) => stand.kind === 'runs');
  for (const { target } of services.filter(({ stand }) => stand.kind === 'runs')) {
    const unhealthy = await proveHealthy(trip, target);
    if (!unhealthy) continue;
    // Not `rolled-back` where nothing was touched: there is nothing of ours to take back.
    return untouched
      ? { outcome: 'refused', cause: `it already runs, so nothing was changed, but ${unhealthy.cause}` }
      : unhealthy;
  }
  const revision = revisionOf(request, rollback.taskDefinitions);
  const what = `${shortCommit(request.commit)} (${Object.values(rollback.taskDefinitions).map(revisionName).join(', ')})`;
  const why = `rolled back by ${request.actor}: ${rollback.reason}`;
  return untouched
    ? { outcome: 'released', cause: `nothing to do: ${name} already runs ${what} and is healthy (${why})`, revision }
    : { outcome: 'released', cause: `${name} is back on ${what} and is healthy (${why})`, revision };
}

async function standing(trip: Trip, { taskDefinitions }: RollbackTarget): Promise<Service[]> {
  const { request, phases } = trip;
  const phase = phases.begin('baseline', 'looking at what runs now', request.environment.name);
  const targets = targetsOf(request.environment, request.project, request.requestId);
  return inPhase(
    phase,
    async () => {
      const found: Service[] = [];
      for (const target of targets.reverse()) {
        const { service } = target.service;
        const taskDefinitionArn = taskDefinitions[service];
        if (taskDefinitionArn === undefined) throw unsuitable(`no revision of service ${service} is named`);
        const stand = await atRest(target, taskDefinitionArn, (text) => phase.say(text));
        found.push({ target, taskDefinitionArn, stand });
      }
      return found;
    },
    (services) => services.map(describe).join('; '),
  );
}

function describe({ target, stand }: Service): string {
  const { service } = target.service;
  if (stand.kind === 'runs') return `${service} runs it already`;
  if (stand.baseline === null) return `${service} has nothing else to go back to`;
  return `${service} would be taken back to ${revisionName(stand.baseline.taskDefinitionArn)}`;
}

/** What rolls is asked to turn round, unless it brings what is wanted; then it is given its time. */
async function atRest(target: ServiceTarget, taskDefinitionArn: string, say: (text: string) => void): Promise<Rested> {
  const { service, stableWithinMs: withinMs } = target.service;
  for (let look = 0; look < LOOKS; look += 1) {
    const stand = await ecs.lookBeforeRollback.executeWithOptions({ summary: `what does ${service} run?` }, [
      { target, taskDefinitionArn },
    ]);
    if (stand.kind !== 'rolling') return stand;
    say(`${stand.wanted ? 'following' : 'stopping'} ${stand.deployment.deploymentId}, which rolls`);
    if (!stand.wanted) {
      await ecs.stopRolling.executeWithOptions({ summary: `${service} stops what rolls` }, [
        { target, taskDefinitionArn },
      ]);
    }
    await ecsWaits.awaitSettled.executeWithOptions({ summary: `${service} comes to rest` }, [{ target, withinMs }]);
  }
  throw unsuitable(`service ${service} did not come to rest in ${LOOKS} looks`);
}

async function moveService(
  trip: Trip,
  { target, taskDefinitionArn }: Service,
  stand: Extract<Rested, { kind: 'stands' }>,
): Promise<ForwardEnd | undefined> {
  const { request, phases, moved } = trip;
  const { service } = target.service;
  const { commit, imageDigest: digest } = request;
  const to = revisionName(taskDefinitionArn);
  const deployment = await inPhase(
    phases.begin('update', `${service} is to run ${to} again`, request.environment.name),
    async () => {
      // Registered as moved before the call: an answer that is lost must not hide that the service moved.
      const step: MovedService = { target, baseline: stand.baseline, towards: taskDefinitionArn, ...lacking(stand) };
      moved.push(step);
      step.deployment = await ecs.deployVerified.executeWithOptions({ summary: `${service} moves to ${to}` }, [
        { target, taskDefinitionArn, commit, digest, ...(stand.since !== undefined && { since: stand.since }) },
      ]);
      return step.deployment;
    },
    () => `${service} moves to ${to}`,
  );
  return (await proveStable(trip, target, deployment)) ?? (await proveHealthy(trip, target));
}

function lacking({ noBaseline }: Extract<Rested, { kind: 'stands' }>): Pick<MovedService, 'noBaseline'> {
  return noBaseline === undefined ? {} : { noBaseline };
}

function unsuitable(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'TargetUnsuitable' satisfies FailureType);
}
