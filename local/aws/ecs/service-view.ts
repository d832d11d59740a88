import type { JsonObject } from '../contract';
import { inSeconds } from './answers';
import { isAlive } from './records';
import type { Deployment, Service, ServiceRevision, Task } from './records';
import { primaryOf } from './rollout';
import { tagList } from './tags';
import { tasksOf } from './world';
import type { World } from './world';

/** A service as DescribeServices shows it. */
export function serviceView(world: World, service: Service, include: string[]): JsonObject {
  const tasks = tasksOf(world, service);
  const { revision } = primaryOf(service);
  const revisions = [...new Set(service.deployments.map((deployment) => deployment.revision))];
  return {
    ...service.settings,
    ...revision.settings,
    taskDefinition: revision.taskDefinition.arn,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: 'ACTIVE',
    desiredCount: service.desiredCount,
    ...countTasks(tasks),
    deployments: service.deployments.map((deployment) => deploymentView(service, deployment, tasks)),
    events: service.events.map(({ id, createdAt, message }) => ({ id, message, ...inSeconds({ createdAt }) })),
    currentServiceDeployment: service.serviceDeployments[0]?.arn,
    currentServiceRevisions: revisions.map((one) => revisionCounts(world, one)),
    ...inSeconds({ createdAt: service.createdAt }),
    createdBy: `arn:aws:iam::${world.accountId}:root`,
    tags: include.includes('TAGS') ? tagList(service.tags) : undefined,
  };
}

function deploymentView(service: Service, deployment: Deployment, tasks: Task[]): JsonObject {
  const own = tasks.filter((task) => task.deployment === deployment);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.revision.taskDefinition.arn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : own.filter(isAlive).length,
    ...countTasks(own),
    failedTasks: deployment.failedTasks,
    ...inSeconds(deployment.times),
    launchType: service.settings['launchType'],
    networkConfiguration: deployment.revision.settings['networkConfiguration'],
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

/** A revision's tasks, as `currentServiceRevisions` and service deployments count them. */
export function revisionCounts(world: World, revision: ServiceRevision): JsonObject {
  const { service } = revision;
  const own = tasksOf(world, service).filter((task) => task.revision === revision);
  const isWanted = primaryOf(service).revision === revision;
  const { runningCount, pendingCount } = countTasks(own);
  return {
    arn: revision.arn,
    requestedTaskCount: isWanted ? service.desiredCount : own.filter(isAlive).length,
    runningTaskCount: runningCount,
    pendingTaskCount: pendingCount,
  };
}

/** Running and pending tasks among those that are wanted; what is on its way out is neither. */
function countTasks(tasks: Task[]): { runningCount: number; pendingCount: number } {
  const alive = tasks.filter(isAlive);
  const running = alive.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return { runningCount: running, pendingCount: alive.length - running };
}
