import { integer, object } from './input';
import { isAlive } from './records';
import type { HealthStatus, Service, Task } from './records';
import { failedTargetGroup, passesLoadBalancers } from './targets';
import type { World } from './world';

/** UNHEALTHY if an essential container is, HEALTHY if all that have a check are, else UNKNOWN. */
export function healthStatus(task: Task): HealthStatus {
  const checked = task.containers.filter(({ definition }) => object(definition, 'healthCheck'));
  const essential = checked.filter(({ definition }) => definition['essential'] !== false);
  if (essential.some((container) => container.healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every((container) => container.healthStatus === 'HEALTHY')
    ? 'HEALTHY'
    : 'UNKNOWN';
}

/** Whether a rolling update may count on the task: RUNNING, and passing every check there is; without any, running for a while. */
export function isHealthy(world: World, task: Task): boolean {
  if (!isAlive(task) || task.lastStatus !== 'RUNNING' || task.times.startedAt === undefined) return false;
  const hasCheck = task.containers.some(({ definition }) => object(definition, 'healthCheck'));
  const hasBalancer = task.deployment?.revision.settings['loadBalancers'] !== undefined;
  if (!hasCheck && !hasBalancer) return Date.now() >= task.times.startedAt + world.timing.healthyAfterMs;
  return (!hasCheck || healthStatus(task) === 'HEALTHY') && passesLoadBalancers(world, task);
}

/** Why the scheduler must stop this task now, and what it says about it in the service's events; undefined if it need not. */
export function healthFailure(
  world: World,
  service: Service,
  task: Task,
): { reason: string; event: string } | undefined {
  const graceMs = (integer(service.settings, 'healthCheckGracePeriodSeconds') ?? 0) * world.timing.graceSecondMs;
  if (task.lastStatus !== 'RUNNING' || Date.now() < (task.times.startedAt ?? 0) + graceMs) return undefined;
  if (healthStatus(task) === 'UNHEALTHY') {
    return {
      reason: 'Task failed container health checks',
      event: `(task ${task.id}) failed container health checks.`,
    };
  }
  const group = failedTargetGroup(world, task);
  return (
    group && {
      reason: `Task failed ELB health checks in (target-group ${group.arn})`,
      event: `(task ${task.id}) (port ${group.port}) is unhealthy in (target-group ${group.arn}) due to (reason ${group.reason})`,
    }
  );
}
