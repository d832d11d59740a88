import { randomBytes } from 'node:crypto';
import type { JsonService } from '../contract';
import { createTargetGroup } from '../load-balancer/target-group';
import { clusterActions, tagActions } from './clusters';
import { startScheduler } from './scheduler';
import { serviceDeploymentActions } from './service-deployments';
import { serviceActions } from './services';
import { taskDefinitionActions } from './task-definitions';
import { requestStop } from './task-life';
import { taskActions } from './tasks';
import { createWorld } from './world';
import type { EcsOptions } from './world';

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
  createTargetGroup: (request: TargetGroupRequest) => Promise<{ targetGroupArn: string; port: number; url: string }>;
  /** Stops every task, listener and timer; resolves when no process of a task is left. Safe to call again. */
  close(): Promise<void>;
}

/** An ECS in this process, with rolling deployments, and with tasks that really run. What it knows ends with it. */
export function createEcs(options: EcsOptions): Ecs {
  const world = createWorld(options);
  const { timing, targetGroups, tasks } = world;
  const stopScheduler = startScheduler(world);
  return {
    service: {
      name: 'ecs',
      targetPrefix: 'AmazonEC2ContainerServiceV20141113',
      actions: {
        ...clusterActions(world),
        ...taskDefinitionActions(world),
        ...tagActions(world),
        ...serviceActions(world),
        ...serviceDeploymentActions(world),
        ...taskActions(world),
      },
    },
    async createTargetGroup({ name, port = 0, healthCheckPath = '/', matcher = '200' }) {
      const resource = `targetgroup/${name}/${randomBytes(8).toString('hex')}`;
      const targetGroupArn = `arn:aws:elasticloadbalancing:${world.region}:${world.accountId}:${resource}`;
      const group = await createTargetGroup(port, { path: healthCheckPath, matcher, timing }, () => {
        for (const service of world.services.values()) world.onChange(service);
      });
      targetGroups.set(targetGroupArn, group);
      return { targetGroupArn, port: group.port, url: group.url };
    },
    async close() {
      world.closing = true;
      stopScheduler();
      for (const task of tasks.values()) requestStop(task, 'UserInitiated', 'The local AWS was closed.');
      await Promise.all([...tasks.values()].map(({ life }) => life));
      await Promise.all([...targetGroups.values()].map((group) => group.close()));
      targetGroups.clear();
      await world.runtime.close();
    },
  };
}
