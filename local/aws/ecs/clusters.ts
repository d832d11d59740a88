import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { lastSegment } from './identifiers';
import { invalid, text, texts } from './input';
import { describeEach, page } from './paging';
import type { Cluster } from './records';
import { readTags, tagList } from './tags';
import { clusterOf, ecsArn } from './world';
import type { World } from './world';

/** CreateCluster, DescribeClusters, ListClusters, DeleteCluster. */
export function clusterActions(world: World): Record<string, Action> {
  return {
    CreateCluster: (input) => {
      const name = text(input, 'clusterName') ?? 'default';
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid('Cluster name contains invalid characters.');
      const existing = world.clusters.get(name);
      if (existing?.status === 'ACTIVE') return { cluster: view(world, existing, []) };
      const { tags: _tags, clusterName: _name, ...settings } = input;
      const cluster: Cluster = {
        name,
        arn: ecsArn(world, `cluster/${name}`),
        status: 'ACTIVE',
        settings,
        tags: readTags(input),
      };
      world.clusters.set(name, cluster);
      return { cluster: view(world, cluster, ['TAGS']) };
    },
    DescribeClusters: (input) => {
      const include = texts(input, 'include') ?? [];
      const { found, failures } = describeEach({ clusters: ['default'], ...input }, 'clusters', 100, {
        find: (name) => world.clusters.get(lastSegment(name)),
        arn: (name) => ecsArn(world, `cluster/${lastSegment(name)}`),
        view: (cluster) => view(world, cluster, include),
      });
      return { clusters: found, failures };
    },
    ListClusters: (input) => {
      const active = [...world.clusters.values()].filter(({ status }) => status === 'ACTIVE').map(({ arn }) => arn);
      const { items, nextToken } = page(active, input);
      return { clusterArns: items, nextToken };
    },
    DeleteCluster: (input) => {
      const cluster = clusterOf(world, input);
      if (servicesIn(world, cluster) > 0) {
        throw new AwsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      if (tasksIn(world, cluster).length > 0) {
        throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
      }
      cluster.status = 'INACTIVE';
      return { cluster: view(world, cluster, []) };
    },
  };
}

function view(world: World, cluster: Cluster, include: string[]): JsonObject {
  const tasks = tasksIn(world, cluster);
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return {
    ...cluster.settings,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: running,
    pendingTasksCount: tasks.length - running,
    activeServicesCount: servicesIn(world, cluster),
    statistics: [],
    tags: include.includes('TAGS') ? tagList(cluster.tags) : [],
  };
}

function servicesIn(world: World, cluster: Cluster): number {
  return [...world.services.values()].filter((service) => service.cluster === cluster && service.status !== 'INACTIVE')
    .length;
}

function tasksIn(world: World, cluster: Cluster) {
  return [...world.tasks.values()].filter((task) => task.cluster === cluster && task.lastStatus !== 'STOPPED');
}
