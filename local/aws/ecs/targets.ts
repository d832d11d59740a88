import { integer, objects, text } from '../input';
import type { TargetGroup } from '../load-balancer/target-group';
import type { Task } from './records';
import type { World } from './world';

/** The task's places behind load balancers: which target groups, and its port of 127.0.0.1 for each. */
function targetsOf(world: World, task: Task): { group: TargetGroup; port: number }[] {
  return objects(task.revision.settings, 'loadBalancers').flatMap((balancer) => {
    const group = world.targetGroups.get(text(balancer, 'targetGroupArn') ?? '');
    const container = task.containers.find(({ name }) => name === text(balancer, 'containerName'));
    const containerPort = integer(balancer, 'containerPort');
    const binding = container?.running?.bindings.find((candidate) => candidate.containerPort === containerPort);
    return group && binding ? [{ group, port: binding.hostPort }] : [];
  });
}

export function registerTargets(world: World, task: Task): void {
  for (const { group, port } of targetsOf(world, task)) group.register(task.id, port);
}

/** Resolves when no request is in flight to the task any more, or the time for draining is over. */
export async function deregisterTargets(world: World, task: Task): Promise<void> {
  await Promise.all(targetsOf(world, task).map(({ group }) => group.deregister(task.id)));
}

/** Whether every load balancer of the task's service finds it healthy; true without one. */
export function passesLoadBalancers(world: World, task: Task): boolean {
  return targetsOf(world, task).every(({ group }) => group.health(task.id)?.state === 'healthy');
}

/** The first target group that finds the task unhealthy, and why. */
export function failedTargetGroup(world: World, task: Task): { arn: string; reason: string; port: number } | undefined {
  for (const { group, port } of targetsOf(world, task)) {
    const health = group.health(task.id);
    if (health?.state === 'unhealthy') return { arn: group.arn, reason: health.reason ?? 'Health checks failed', port };
  }
  return undefined;
}
