import { randomUUID } from 'node:crypto';
import { AwsError } from '../contract';
import type { JsonObject } from '../contract';
import { taskId } from './identifiers';
import { text } from './input';
import type { Cluster, Deployment, Tags, Task, TaskDefinition } from './records';
import { liveTask } from './task-life';
import { ecsArn } from './world';
import type { World } from './world';

/** Makes a task and begins its life; `onChange` is called whenever anything about it changes. */
export function launchTask(
  world: World,
  plan: {
    cluster: Cluster;
    taskDefinition: TaskDefinition;
    group: string;
    startedBy: string | undefined;
    deployment: Deployment | undefined;
    overrides: JsonObject;
    tags: Tags;
  },
  onChange: () => void,
): Task {
  if (world.closing) throw new AwsError('ServerException', 'The local AWS is being closed.', 500);
  const id = taskId();
  const task: Task = {
    ...plan,
    id,
    arn: ecsArn(world, `task/${plan.cluster.name}/${id}`),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    containers: plan.taskDefinition.containers.map((definition) => ({
      arn: ecsArn(world, `container/${plan.cluster.name}/${id}/${randomUUID()}`),
      name: text(definition, 'name') ?? '',
      definition,
      lastStatus: 'PENDING',
      healthStatus: 'UNKNOWN',
      bindings: [],
    })),
    stop: new AbortController(),
    life: Promise.resolve(),
    seenHealthy: false,
    seenStopping: false,
    version: 1,
    times: { createdAt: Date.now() },
  };
  world.tasks.set(id, task);
  task.life = liveTask(world, task, onChange);
  return task;
}
