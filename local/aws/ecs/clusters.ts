import type { Action, JsonObject } from '../contract';
import { invalid, text, texts } from '../input';
import { describeEach } from './answers';
import type { Cluster } from './records';
import { readTags, tagList } from './tags';
import { ecsArn, lastSegment } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 100;

/** CreateCluster and DescribeClusters. */
export function clusterActions(world: World): Record<string, Action> {
  return {
    CreateCluster: (input) => {
      const name = text(input, 'clusterName') ?? 'default';
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid('Cluster name contains invalid characters.');
      const { tags: _tags, clusterName: _name, ...settings } = input;
      const made = { name, arn: ecsArn(world, `cluster/${name}`), settings, tags: readTags(input) };
      const cluster = world.clusters.get(name) ?? made;
      world.clusters.set(name, cluster);
      return { cluster: view(world, cluster, ['TAGS']) };
    },
    DescribeClusters: (input) => {
      const include = texts(input, 'include') ?? [];
      const { found, failures } = describeEach({ clusters: ['default'], ...input }, 'clusters', MOST_DESCRIBED, {
        find: (name) => world.clusters.get(lastSegment(name)),
        arn: (name) => ecsArn(world, `cluster/${lastSegment(name)}`),
        view: (cluster) => view(world, cluster, include),
      });
      return { clusters: found, failures };
    },
  };
}

function view(world: World, cluster: Cluster, include: string[]): JsonObject {
  const services = [...world.services.values()].filter((service) => service.cluster === cluster);
  const tasks = [...world.tasks.values()].filter(
    ({ revision, lastStatus }) => revision.service.cluster === cluster && lastStatus !== 'STOPPED',
  );
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return {
    ...cluster.settings,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: running,
    pendingTasksCount: tasks.length - running,
    activeServicesCount: services.length,
    statistics: [],
    tags: include.includes('TAGS') ? tagList(cluster.tags) : [],
  };
}
