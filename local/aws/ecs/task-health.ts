import { integer, object } from '../input';
import { isAlive } from './records';
import type { HealthStatus, Task } from './records';
import { failedTargetGroup, passesLoadBalancers } from './targets';
import type { World } from './world';

/** UNHEALTHY if an essential container is, HEALTHY if all that have a check are, else UNKNOWN. */
export function healthStatus(task: Task): HealthStatus {
  const checked = task.containers.filter(({ definition }) => object(definition, 'healthCheck'));
  const essential = checked.filter(({ definition }) => definition['essential'] !== false);
  if (essential.some((container) => container.healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  const isHealthyNow = checked.length > 0 && checked.every((container) => container.healthStatus === 'HEALTHY');
  return isHealthyNow ? 'HEALTHY' : 'UNKNOWN';
}

/** Whether a rolling update may count on the task: RUNNING, and passing every check there is; without any, running for a while. */
export function isHealthy(world: World, task: Task): boolean {
  if (!isAlive(task) || task.lastStatus !== 'RUNNING' || task.times.startedAt === undefined) return false;
  const hasCheck = task.containers.some(({ definition }) => object(definition, 'healthCheck'));
  const hasBalancer = task.revision.settings['loadBalancers'] !== undefined;
  if (!hasCheck && !hasBalancer) return Date.now() >= task.times.startedAt + world.timing.healthyAfterMs;
  return (!hasCheck || healthStatus(task) === 'HEALTHY') && passesLoadBalancers(world, task);
}

/** Why the scheduler must stop this task now, and what it says about it in the service's events; undefined if it need not. */
export function healthFailure(world: World, task: Task): { reason: string; event: string } | undefined {
  const { settings } = task.revision.service;
  const graceMs = (integer(settings, 'healthCheckGracePeriodSeconds') ?? 0) * world.timing.graceSecondMs;
  if (task.lastStatus !== 'RUNNING' || Date.now() < (task.times.startedAt ?? 0) + graceMs) return undefined;
  if (healthStatus(task) === 'UNHEALTHY') {
    const failure = 'failed container health checks';
    return { reason: `Task ${failure}`, event: `(task ${task.id}) ${failure}.` };
  }
  const group = failedTargetGroup(world, task);
  if (!group) return undefined;
  const at = `(target-group ${group.arn})`;
  return {
    reason: `Task failed ELB health checks in ${at}`,
    event: `(task ${task.id}) (port ${group.port}) is unhealthy in ${at} due to (reason ${group.reason})`,
  };
}
