import type { Deployment, Service, ServiceDeployment, Task } from '@aws-sdk/client-ecs';
import type { DeploymentView, ServiceView, TaskView } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';

/** ECS's defaults for a service that says nothing. Source: ECS API, DeploymentConfiguration. */
const MINIMUM_PERCENT = 100;
const MAXIMUM_PERCENT = 200;

/** A property that is left out where ECS did not answer one, as `exactOptionalPropertyTypes` wants it. */
export function maybe<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

export function viewOfService(service: Service, target: ServiceTarget): ServiceView {
  const configuration = service.deploymentConfiguration;
  return {
    service: service.serviceName ?? target.service.service,
    cluster: target.cluster,
    region: target.region,
    status: service.status ?? 'UNKNOWN',
    controller: service.deploymentController?.type ?? 'ECS',
    strategy: configuration?.strategy ?? 'ROLLING',
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    minimumHealthyPercent: configuration?.minimumHealthyPercent ?? MINIMUM_PERCENT,
    maximumPercent: configuration?.maximumPercent ?? MAXIMUM_PERCENT,
    breaker: {
      enabled: configuration?.deploymentCircuitBreaker?.enable ?? false,
      rollback: configuration?.deploymentCircuitBreaker?.rollback ?? false,
    },
    deployments: (service.deployments ?? []).map(viewOfDeployment),
    ...maybe('currentServiceDeploymentArn', service.currentServiceDeployment),
    events: [...(service.events ?? [])]
      .sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
      .map(({ message }) => message ?? ''),
  };
}

function viewOfDeployment(deployment: Deployment): DeploymentView {
  return {
    id: deployment.id ?? '',
    status: deployment.status ?? '',
    taskDefinitionArn: deployment.taskDefinition ?? '',
    ...maybe('rolloutState', deployment.rolloutState),
    ...maybe('rolloutReason', deployment.rolloutStateReason),
    desiredCount: deployment.desiredCount ?? 0,
    runningCount: deployment.runningCount ?? 0,
    pendingCount: deployment.pendingCount ?? 0,
    failedTasks: deployment.failedTasks ?? 0,
    createdAt: deployment.createdAt?.getTime() ?? 0,
  };
}

export function viewOfTask(task: Task): TaskView {
  return {
    arn: task.taskArn ?? '',
    taskDefinitionArn: task.taskDefinitionArn ?? '',
    ...maybe('startedBy', task.startedBy),
    lastStatus: task.lastStatus ?? '',
    ...maybe('stopCode', task.stopCode),
    ...maybe('stoppedReason', task.stoppedReason),
    containers: (task.containers ?? []).map((container) => ({
      name: container.name ?? '',
      lastStatus: container.lastStatus ?? '',
      ...maybe('exitCode', container.exitCode),
      ...maybe('reason', container.reason),
      ...maybe('digest', container.imageDigest),
    })),
  };
}

/** The plain facts of a service deployment; which task definitions its revisions name is asked for elsewhere. */
export function factsOfServiceDeployment(deployment: ServiceDeployment) {
  return {
    arn: deployment.serviceDeploymentArn ?? '',
    status: deployment.status ?? '',
    ...maybe('statusReason', deployment.statusReason),
    createdAt: deployment.createdAt?.getTime() ?? 0,
    ...maybe('targetRevisionArn', deployment.targetServiceRevision?.arn),
  };
}
