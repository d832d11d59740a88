import type { JsonObject } from '../contract';
import { inSeconds } from './identifiers';
import type { Container, Task } from './records';
import { tagList } from './tags';
import { healthStatus } from './task-health';
import { text } from './input';

/** A task as DescribeTasks shows it. */
export function taskView(task: Task, include: string[] = []): JsonObject {
  const { body } = task.taskDefinition;
  return {
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    taskDefinitionArn: task.taskDefinition.arn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: 'FARGATE',
    availabilityZone: 'local',
    cpu: body['cpu'],
    memory: body['memory'],
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthStatus(task),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    version: task.version,
    overrides: task.overrides,
    attachments: [],
    connectivity: 'CONNECTED',
    containers: task.containers.map((container) => containerView(task, container)),
    tags: include.includes('TAGS') ? tagList(task.tags) : [],
    ...inSeconds(task.times),
  };
}

function containerView(task: Task, container: Container): JsonObject {
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
    networkBindings: container.bindings.map((binding) => ({ bindIP: '127.0.0.1', ...binding, protocol: 'tcp' })),
    networkInterfaces: [],
  };
}
