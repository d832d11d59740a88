import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { object } from '../input';
import { isAlive } from './records';
import type { Deployment, Service, ServiceDeployment, ServiceRevision } from './records';
import { rolloutRules } from './rollout-rules';
import type { RolloutRules } from './rollout-rules';
import { ecsArn, tasksOf } from './world';
import type { World } from './world';

/** The turns that a rollout takes: begun, superseded, completed, failed, rolled back. Each changes records only. */

const FINAL = new Set(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']);
/** As many events as DescribeServices shows. */
const KEPT_EVENTS = 100;

export function isInFlight({ status }: ServiceDeployment): boolean {
  return !FINAL.has(status);
}

/** The deployment that the service is to run; it always has one. */
export function primaryOf(service: Service): Deployment {
  const [primary] = service.deployments;
  if (!primary) throw new Error(`Service ${service.name} has no PRIMARY deployment.`);
  return primary;
}

export function rulesOf(service: Service): RolloutRules {
  return rolloutRules(object(service.settings, 'deploymentConfiguration') ?? {}, service.desiredCount);
}

/** Adds a service event; AWS begins each with the service's name. */
export function addEvent(service: Service, message: string): void {
  service.events.unshift({ id: randomUUID(), createdAt: Date.now(), message: `(service ${service.name}) ${message}` });
  service.events.length = Math.min(service.events.length, KEPT_EVENTS);
}

/** Begins a service deployment of a new revision. One that is in flight is superseded, and ends STOPPED. */
export function beginDeployment(
  world: World,
  service: Service,
  target: Pick<ServiceRevision, 'taskDefinition' | 'settings'>,
): void {
  const superseded = service.serviceDeployments.find(isInFlight);
  if (superseded) finish(superseded, 'STOPPED', 'Superseded by a new service deployment.');
  const path = `${service.cluster.name}/${service.name}`;
  const createdAt = Date.now();
  const revision: ServiceRevision = {
    arn: ecsArn(world, `service-revision/${path}/${nineteenDigits()}`),
    service,
    ...target,
    images: new Map(),
    createdAt,
  };
  const serviceDeployment: ServiceDeployment = {
    arn: ecsArn(world, `service-deployment/${path}/${randomBytes(16).toString('base64url').slice(0, 21)}`),
    service,
    status: 'PENDING',
    sources: [...new Set(service.deployments.map((deployment) => deployment.revision))],
    target: revision,
    times: { createdAt, updatedAt: createdAt },
  };
  world.serviceRevisions.set(revision.arn, revision);
  world.serviceDeployments.set(serviceDeployment.arn, serviceDeployment);
  service.serviceDeployments.unshift(serviceDeployment);
  becomePrimary(revision, serviceDeployment);
}

function becomePrimary(revision: ServiceRevision, by: ServiceDeployment, rollbackReason?: string): Deployment {
  const { service } = by;
  const id = `ecs-svc/${nineteenDigits()}`;
  const deployment: Deployment = {
    id,
    revision,
    serviceDeployment: by,
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: rollbackReason ?? `ECS deployment ${id} in progress.`,
    isRollback: rollbackReason !== undefined,
    failedTasks: 0,
    restarts: 0,
    notBefore: 0,
    times: { createdAt: Date.now(), updatedAt: Date.now() },
  };
  for (const former of service.deployments) former.status = 'ACTIVE';
  service.deployments.unshift(deployment);
  service.steady = false;
  return deployment;
}

/** Moves a service deployment to a state; a final one gets its time. */
export function finish(deployment: ServiceDeployment, status: ServiceDeployment['status'], reason?: string): void {
  const now = Date.now();
  deployment.status = status;
  if (reason !== undefined) deployment.statusReason = reason;
  deployment.times.updatedAt = now;
  if (!isInFlight(deployment)) deployment.times.finishedAt = now;
  if (status === 'STOPPED') deployment.times.stoppedAt = now;
}

/** The PRIMARY has brought all its tasks to health, and nothing else runs. */
export function complete(service: Service, primary: Deployment): void {
  settle(primary, 'COMPLETED', `ECS deployment ${primary.id} completed.`);
  finish(primary.serviceDeployment, primary.isRollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL');
  service.lastCompleted = { deploymentId: primary.id, revision: primary.revision };
  addEvent(service, `(deployment ${primary.id}) deployment completed.`);
}

/** The circuit breaker has opened: back to the last completed revision, if that is configured and there is one. */
export function failByBreaker(world: World, service: Service, primary: Deployment): void {
  const { serviceDeployment } = primary;
  settle(primary, 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.');
  addEvent(service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`);
  if (primary.isRollback) {
    finish(serviceDeployment, 'ROLLBACK_FAILED', 'Service deployment rollback failed: tasks failed to start.');
  } else if (rulesOf(service).breaker.rollback && service.lastCompleted) {
    const reason = 'Service deployment rolled back because the circuit breaker threshold was exceeded.';
    rollBack(world, service, primary, reason, 'ECS deployment circuit breaker');
  } else {
    finish(serviceDeployment, 'STOPPED', 'The service deployment failed: the circuit breaker threshold was exceeded.');
  }
}

/** Carries out a StopServiceDeployment that is still to be done. */
export function obeyStopRequest(world: World, service: Service, primary: Deployment): void {
  const { serviceDeployment } = primary;
  if (!serviceDeployment.status.endsWith('_REQUESTED')) return;
  settle(primary, 'FAILED', `ECS deployment ${primary.id} was stopped by StopServiceDeployment.`);
  if (serviceDeployment.status === 'STOP_REQUESTED') {
    finish(serviceDeployment, 'STOPPED', 'Stopped by StopServiceDeployment.');
  } else if (service.lastCompleted) {
    rollBack(world, service, primary, 'Rolled back by StopServiceDeployment.', 'ECS deployment stopped');
  } else {
    finish(serviceDeployment, 'ROLLBACK_FAILED', 'No completed service revision to roll back to.');
  }
}

/** Makes the last completed revision PRIMARY again, as a deployment of its own that takes over its tasks that still run. */
function rollBack(world: World, service: Service, failed: Deployment, reason: string, cause: string): void {
  if (!service.lastCompleted) return;
  const { revision, deploymentId } = service.lastCompleted;
  const { serviceDeployment } = failed;
  finish(serviceDeployment, 'ROLLBACK_IN_PROGRESS', reason);
  serviceDeployment.rollback = { reason, startedAt: Date.now(), revision };
  addEvent(service, `rolling back to deployment ${deploymentId}.`);
  const why = `${cause}: rolling back to deploymentId ${deploymentId}.`;
  const rollback = becomePrimary(revision, serviceDeployment, why);
  for (const task of tasksOf(world, service)) {
    if (isAlive(task) && task.revision === revision) task.deployment = rollback;
  }
}

function settle(deployment: Deployment, state: Deployment['rolloutState'], reason: string): void {
  deployment.rolloutState = state;
  deployment.rolloutStateReason = reason;
  deployment.times.updatedAt = Date.now();
}

function nineteenDigits(): string {
  return Array.from({ length: 19 }, (_, index) => randomInt(index === 0 ? 1 : 0, 10)).join('');
}
