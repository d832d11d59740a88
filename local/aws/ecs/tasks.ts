import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { lastSegment } from './identifiers';
import { integer, invalid, object, objects, requiredText, text, texts } from './input';
import { launchTask } from './launch';
import { describeEach, page } from './paging';
import type { Task } from './records';
import { readTags } from './tags';
import { containerNamed, runnableTaskDefinition } from './task-definitions';
import { requestStop } from './task-stop';
import { taskView } from './task-view';
import { clusterOf, ecsArn, serviceOf } from './world';
import type { World } from './world';

const MOST_TASKS_PER_RUN = 10;
const MOST_TASKS_DESCRIBED = 100;

/** RunTask, StopTask, ListTasks, DescribeTasks. */
export function taskActions(world: World): Record<string, Action> {
  const runs = new Map<string, { input: JsonObject; tasks: Task[] }>();
  return {
    RunTask: (input) => {
      const token = text(input, 'clientToken');
      const earlier = token === undefined ? undefined : runs.get(token);
      if (earlier && !isDeepStrictEqual(earlier.input, input)) {
        throw new AwsError('ConflictException', 'The clientToken was used before, with other parameters.');
      }
      const tasks = earlier?.tasks ?? run(world, input);
      if (token !== undefined) runs.set(token, { input, tasks });
      return { tasks: tasks.map((task) => taskView(task, ['TAGS'])), failures: [] };
    },
    StopTask: (input) => {
      const cluster = clusterOf(world, input);
      const task = world.tasks.get(lastSegment(requiredText(input, 'task')));
      if (task?.cluster !== cluster) throw invalid('The referenced task was not found.');
      requestStop(task, 'UserInitiated', text(input, 'reason') ?? 'Task stopped by user');
      return { task: taskView(task) };
    },
    ListTasks: (input) => {
      const { items, nextToken } = page(wanted(world, input), input);
      return { taskArns: items.map(({ arn }) => arn), nextToken };
    },
    DescribeTasks: (input) => {
      const cluster = clusterOf(world, input);
      const include = texts(input, 'include') ?? [];
      const { found, failures } = describeEach(input, 'tasks', MOST_TASKS_DESCRIBED, {
        find: (name) => [world.tasks.get(lastSegment(name))].find((task) => task?.cluster === cluster),
        arn: (name) => ecsArn(world, `task/${cluster.name}/${lastSegment(name)}`),
        view: (task) => taskView(task, include),
      });
      return { tasks: found, failures };
    },
  };
}

function run(world: World, input: JsonObject): Task[] {
  const cluster = clusterOf(world, input);
  const taskDefinition = runnableTaskDefinition(world, requiredText(input, 'taskDefinition'));
  const count = integer(input, 'count') ?? 1;
  if (count < 1 || count > MOST_TASKS_PER_RUN) throw invalid('count must be between 1 and 10.');
  const overrides = object(input, 'overrides') ?? {};
  for (const override of objects(overrides, 'containerOverrides') ?? []) {
    containerNamed(taskDefinition, requiredText(override, 'name'));
  }
  const plan = {
    cluster,
    taskDefinition,
    group: text(input, 'group') ?? `family:${taskDefinition.family}`,
    startedBy: text(input, 'startedBy'),
    deployment: undefined,
    overrides,
  };
  return Array.from({ length: count }, () => launchTask(world, { ...plan, tags: readTags(input) }, () => undefined));
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
      task.cluster === cluster &&
      task.desiredStatus === (desiredStatus ?? 'RUNNING') &&
      (service === undefined || task.deployment?.revision.service === service) &&
      (family === undefined || task.taskDefinition.family === family) &&
      (startedBy === undefined || task.startedBy === startedBy),
  );
}
