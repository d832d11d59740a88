import type { Action, JsonObject } from '../contract';
import { invalid, requiredText, text } from '../input';
import { describeEach, inSeconds, page } from './answers';
import type { Cluster, Container, Task } from './records';
import { healthStatus } from './task-health';
import { requestStop } from './task-life';
import { clusterOf, ecsArn, lastSegment, serviceOf } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 100;

/** StopTask, ListTasks, DescribeTasks. */
export function taskActions(world: World): Record<string, Action> {
  const findTask = (cluster: Cluster, nameOrArn: string): Task | undefined => {
    const task = world.tasks.get(lastSegment(nameOrArn));
    return task?.revision.service.cluster === cluster ? task : undefined;
  };
  return {
    StopTask: (input) => {
      const task = findTask(clusterOf(world, input), requiredText(input, 'task'));
      if (!task) throw invalid('The referenced task was not found.');
      requestStop(task, 'UserInitiated', text(input, 'reason') ?? 'Task stopped by user');
      return { task: taskView(task) };
    },
    ListTasks: (input) => {
      const cluster = clusterOf(world, input);
      const serviceName = text(input, 'serviceName');
      const desiredStatus = text(input, 'desiredStatus') ?? 'RUNNING';
      const service = serviceName === undefined ? undefined : serviceOf(world, cluster, serviceName);
      const wanted = [...world.tasks.values()].filter(
        (task) =>
          task.desiredStatus === desiredStatus &&
          (service ? task.revision.service === service : task.revision.service.cluster === cluster),
      );
      const { items, nextToken } = page(wanted, input);
      return { taskArns: items.map(({ arn }) => arn), nextToken };
    },
    DescribeTasks: (input) => {
      const cluster = clusterOf(world, input);
      return describeEach(input, 'tasks', {
        most: MOST_DESCRIBED,
        find: (name) => findTask(cluster, name),
        arn: (name) => ecsArn(world, `task/${cluster.name}/${lastSegment(name)}`),
        view: taskView,
      });
    },
  };
}

function taskView(task: Task): JsonObject {
  const { taskDefinition, service } = task.revision;
  return {
    taskArn: task.arn,
    clusterArn: service.cluster.arn,
    taskDefinitionArn: taskDefinition.arn,
    group: `service:${service.name}`,
    startedBy: task.startedBy,
    launchType: 'FARGATE',
    cpu: taskDefinition.body['cpu'],
    memory: taskDefinition.body['memory'],
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthStatus(task),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: task.containers.map((container) => containerView(task, container)),
    ...inSeconds(task.times),
  };
}

function containerView(task: Task, container: Container): JsonObject {
  const bindings = container.running?.bindings ?? [];
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: text(container.definition, 'image'),
    imageDigest: container.imageDigest,
    runtimeId: container.running?.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    healthStatus: container.healthStatus,
    networkBindings: bindings.map((binding) => ({ bindIP: '127.0.0.1', ...binding, protocol: 'tcp' })),
  };
}
