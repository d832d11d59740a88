import type { Action, JsonObject } from '../contract';
import { invalid, requiredText, text } from '../input';
import { describeEach, inSeconds, page } from './answers';
import type { Container, Task } from './records';
import { healthStatus } from './task-health';
import { requestStop } from './task-life';
import { clusterOf, ecsArn, lastSegment, serviceOf } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 100;

/** StopTask, ListTasks, DescribeTasks. */
export function taskActions(world: World): Record<string, Action> {
  return {
    StopTask: (input) => {
      const cluster = clusterOf(world, input);
      const task = world.tasks.get(lastSegment(requiredText(input, 'task')));
      if (task?.revision.service.cluster !== cluster) throw invalid('The referenced task was not found.');
      requestStop(task, 'UserInitiated', text(input, 'reason') ?? 'Task stopped by user');
      return { task: taskView(task) };
    },
    ListTasks: (input) => {
      const { items, nextToken } = page(wanted(world, input), input);
      return { taskArns: items.map(({ arn }) => arn), nextToken };
    },
    DescribeTasks: (input) => {
      const cluster = clusterOf(world, input);
      const { found, failures } = describeEach(input, 'tasks', MOST_DESCRIBED, {
        find: (name) => [world.tasks.get(lastSegment(name))].find((task) => task?.revision.service.cluster === cluster),
        arn: (name) => ecsArn(world, `task/${cluster.name}/${lastSegment(name)}`),
        view: taskView,
      });
      return { tasks: found, failures };
    },
  };
}

/** ListTasks' filters, in the order in which the tasks were made. */
function wanted(world: World, input: JsonObject): Task[] {
  const cluster = clusterOf(world, input);
  const startedBy = text(input, 'startedBy');
  const family = text(input, 'family');
  const serviceName = text(input, 'serviceName');
  const desiredStatus = text(input, 'desiredStatus');
  if (startedBy !== undefined && (family ?? serviceName ?? desiredStatus) !== undefined) {
    throw invalid('When startedBy is given, it must be the only filter.');
  }
  const service = serviceName === undefined ? undefined : serviceOf(world, cluster, serviceName);
  return [...world.tasks.values()].filter(
    (task) =>
      task.revision.service.cluster === cluster &&
      task.desiredStatus === (desiredStatus ?? 'RUNNING') &&
      (service === undefined || task.revision.service === service) &&
      (family === undefined || task.revision.taskDefinition.family === family) &&
      (startedBy === undefined || task.startedBy === startedBy),
  );
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
    availabilityZone: 'local',
    cpu: taskDefinition.body['cpu'],
    memory: taskDefinition.body['memory'],
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthStatus(task),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    version: task.version,
    overrides: {},
    attachments: [],
    connectivity: 'CONNECTED',
    containers: task.containers.map((container) => containerView(task, container)),
    tags: [],
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
    networkInterfaces: [],
  };
}
