import { integer, object, objects, text } from '../input';
import type { TargetGroup } from '../load-balancer/target-group';
import { isAlive } from './records';
import type { HealthStatus, Task } from './records';
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
  if (hasCheck && healthStatus(task) !== 'HEALTHY') return false;
  return targetsOf(world, task).every(({ group }) => group.health(task.id)?.state === 'healthy');
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
  const failed = targetsOf(world, task).find(({ group }) => group.health(task.id)?.state === 'unhealthy');
  if (!failed) return undefined;
  const at = `(target-group ${failed.arn})`;
  const why = failed.group.health(task.id)?.reason ?? 'Health checks failed';
  return {
    reason: `Task failed ELB health checks in ${at}`,
    event: `(task ${task.id}) (port ${failed.port}) is unhealthy in ${at} due to (reason ${why})`,
  };
}

/** The task's places behind load balancers: which target groups, and its port of 127.0.0.1 for each. */
export function targetsOf(world: World, task: Task): { arn: string; group: TargetGroup; port: number }[] {
  return objects(task.revision.settings, 'loadBalancers').flatMap((balancer) => {
    const arn = text(balancer, 'targetGroupArn') ?? '';
    const group = world.targetGroups.get(arn);
    const container = task.containers.find(({ name }) => name === text(balancer, 'containerName'));
    const containerPort = integer(balancer, 'containerPort');
    const binding = container?.running?.bindings.find((candidate) => candidate.containerPort === containerPort);
    return group && binding ? [{ arn, group, port: binding.hostPort }] : [];
  });
}
