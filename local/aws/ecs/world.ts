import { AwsError } from '../contract';
import type { ImageSource, JsonObject, LogSink } from '../contract';
import { text } from '../input';
import type { TargetGroup } from '../load-balancer/target-group';
import { createProcessRuntime } from '../tasks/process-runtime';
import type { TaskRuntime } from '../tasks/runtime';
import type { Cluster, Service, ServiceDeployment, ServiceRevision, Task, TaskDefinition } from './records';
import { defaultTiming } from './timing';
import type { EcsTiming } from './timing';

export interface EcsOptions {
  accountId: string;
  region: string;
  /** Tasks' home and temporary folders are made in here, and removed after them. */
  stateDir: string;
  images: ImageSource;
  logs: LogSink;
  /** The command of `bin/guard.mjs`, under which every task runs. */
  guard: readonly string[];
  /** Processes unless said otherwise. */
  runtime?: TaskRuntime | undefined;
  timing?: Partial<EcsTiming>;
}

export type World = ReturnType<typeof createWorld>;

/** Everything that the actions and the scheduler share. */
export function createWorld(options: EcsOptions) {
  /** Called with each service that something has happened to; the scheduler sets it, and then looks at the service. */
  const onChange: (service: Service) => void = () => undefined;
  return {
    ...options,
    timing: { ...defaultTiming, ...options.timing },
    runtime: options.runtime ?? createProcessRuntime(options),
    clusters: new Map<string, Cluster>(),
    /** Clusters by name, families by name, tasks by id, all else by ARN. */
    families: new Map<string, TaskDefinition[]>(),
    services: new Map<string, Service>(),
    serviceDeployments: new Map<string, ServiceDeployment>(),
    serviceRevisions: new Map<string, ServiceRevision>(),
    targetGroups: new Map<string, TargetGroup>(),
    tasks: new Map<string, Task>(),
    closing: false,
    onChange,
  };
}

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

/** `HOST/repository:tag` or `HOST/repository@sha256:…` as `HOST/repository@DIGEST`. */
export function pinnedReference(image: string, digest: string): string {
  const [withoutDigest = image] = image.split('@');
  return `${withoutDigest.replace(/:[^:/]*$/, '')}@${digest}`;
}
