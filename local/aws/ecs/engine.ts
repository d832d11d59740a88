import { randomBytes } from 'node:crypto';
import type { ImageSource, JsonService, LogSink } from '../contract';
import { createTargetGroup } from '../load-balancer/target-group';
import { createProcessRuntime } from '../tasks/process-runtime';
import { clusterActions } from './clusters';
import { createScheduler } from './scheduler';
import type { Scheduler } from './scheduler';
import { serviceDeploymentActions } from './service-deployments';
import { serviceActions } from './services';
import { tagActions } from './tags';
import { taskDefinitionActions } from './task-definitions';
import { requestStop } from './task-life';
import { taskActions } from './tasks';
import { defaultTiming } from './timing';
import type { EcsTiming } from './timing';
import type { World } from './world';

export interface EcsOptions {
  accountId: string;
  region: string;
  /** Tasks' home and temporary folders are made in here, and removed after them. */
  stateDir: string;
  images: ImageSource;
  logs: LogSink;
  /** The command of `bin/guard.mjs`, under which every task runs. */
  guard: readonly string[];
  timing?: Partial<EcsTiming>;
}

export interface TargetGroupRequest {
  name: string;
  /** Port of 127.0.0.1 for the load balancer; 0, the default, for a free one. */
  port?: number;
  healthCheckPath?: string;
  /** Status codes that pass, for example `200-299`. */
  matcher?: string;
}

export interface Ecs {
  service: JsonService;
  /** Opens a load balancer for one service. Rejects with one sentence when the port is in use. */
  createTargetGroup(request: TargetGroupRequest): Promise<{ targetGroupArn: string; port: number; url: string }>;
  /** Stops every task, listener and timer; resolves when no process of a task is left. Safe to call again. */
  close(): Promise<void>;
}

/** An ECS in this process, with rolling deployments, and with tasks that really run. What it knows ends with it. */
export function createEcs(options: EcsOptions): Ecs {
  const { accountId, region, images, logs } = options;
  const world: World = {
    accountId,
    region,
    images,
    logs,
    timing: { ...defaultTiming, ...options.timing },
    runtime: createProcessRuntime(options),
    clusters: new Map(),
    families: new Map(),
    services: new Map(),
    serviceDeployments: new Map(),
    serviceRevisions: new Map(),
    targetGroups: new Map(),
    tasks: new Map(),
    closing: false,
  };
  const scheduler = createScheduler(world);
  return {
    service: {
      name: 'ecs',
      targetPrefix: 'AmazonEC2ContainerServiceV20141113',
      actions: {
        ...clusterActions(world),
        ...taskDefinitionActions(world),
        ...tagActions(world),
        ...serviceActions(world, scheduler),
        ...serviceDeploymentActions(world, scheduler),
        ...taskActions(world),
      },
    },
    createTargetGroup: (request) => openTargetGroup(world, scheduler, request),
    close: () => closeWorld(world, scheduler),
  };
}

async function openTargetGroup(world: World, scheduler: Scheduler, request: TargetGroupRequest) {
  const { timing } = world;
  const suffix = `targetgroup/${request.name}/${randomBytes(8).toString('hex')}`;
  const group = await createTargetGroup({
    arn: `arn:aws:elasticloadbalancing:${world.region}:${world.accountId}:${suffix}`,
    port: request.port ?? 0,
    healthCheck: {
      path: request.healthCheckPath ?? '/',
      matcher: request.matcher ?? '200',
      intervalMs: timing.loadBalancerIntervalMs,
      timeoutMs: timing.loadBalancerTimeoutMs,
      healthyThreshold: timing.loadBalancerHealthyThreshold,
      unhealthyThreshold: timing.loadBalancerUnhealthyThreshold,
    },
    drainMs: timing.drainMs,
    onChange: () => {
      for (const service of world.services.values()) scheduler.poke(service);
    },
  });
  world.targetGroups.set(group.arn, group);
  return { targetGroupArn: group.arn, port: group.port, url: group.url };
}

async function closeWorld(world: World, scheduler: Scheduler): Promise<void> {
  world.closing = true;
  scheduler.close();
  const tasks = [...world.tasks.values()];
  for (const task of tasks) requestStop(task, 'UserInitiated', 'The local AWS was closed.');
  await Promise.all(tasks.map(({ life }) => life));
  await Promise.all([...world.targetGroups.values()].map((group) => group.close()));
  world.targetGroups.clear();
}
