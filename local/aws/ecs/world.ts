import { AwsError } from '../contract';
import type { ImageSource, JsonObject, LogSink } from '../contract';
import { text } from '../input';
import type { TargetGroup } from '../load-balancer/target-group';
import type { TaskRuntime } from '../tasks/runtime';
import type { Cluster, Service, ServiceDeployment, ServiceRevision, Task, TaskDefinition } from './records';
import type { EcsTiming } from './timing';

/** Everything that the actions and the scheduler share. */
export interface World {
  accountId: string;
  region: string;
  timing: EcsTiming;
  images: ImageSource;
  logs: LogSink;
  runtime: TaskRuntime;
  /** By name. */
  clusters: Map<string, Cluster>;
  /** By family; index = revision - 1. */
  families: Map<string, TaskDefinition[]>;
  /** By ARN. */
  services: Map<string, Service>;
  serviceDeployments: Map<string, ServiceDeployment>;
  serviceRevisions: Map<string, ServiceRevision>;
  targetGroups: Map<string, TargetGroup>;
  /** By task id. */
  tasks: Map<string, Task>;
  closing: boolean;
}

/** `arn:aws:ecs:REGION:ACCOUNT:RESOURCE`. */
export function ecsArn(world: World, resource: string): string {
  return `arn:aws:ecs:${world.region}:${world.accountId}:${resource}`;
}

/** The last path segment of an ARN; a bare name is answered as it is. */
export function lastSegment(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** The cluster that the request names by name or ARN (`default` where it names none), or ClusterNotFoundException. */
export function clusterOf(world: World, input: JsonObject): Cluster {
  const cluster = world.clusters.get(lastSegment(text(input, 'cluster') ?? 'default'));
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

export function findService(world: World, cluster: Cluster, nameOrArn: string): Service | undefined {
  return world.services.get(ecsArn(world, `service/${cluster.name}/${lastSegment(nameOrArn)}`));
}

/** The service by name or ARN, or ServiceNotFoundException. */
export function serviceOf(world: World, cluster: Cluster, nameOrArn: string): Service {
  const service = findService(world, cluster, nameOrArn);
  if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.');
  return service;
}

export function tasksOf(world: World, service: Service): Task[] {
  return [...world.tasks.values()].filter((task) => task.revision.service === service);
}
