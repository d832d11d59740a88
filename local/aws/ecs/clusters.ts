import type { Action, JsonObject } from '../contract';
import { invalid, objects, requiredText, text, texts } from '../input';
import { describeEach } from './answers';
import type { Cluster, Tags } from './records';
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
      return { cluster: view(cluster, ['TAGS']) };
    },
    DescribeClusters: (input) => {
      const include = texts(input, 'include') ?? [];
      return describeEach({ clusters: ['default'], ...input }, 'clusters', {
        most: MOST_DESCRIBED,
        find: (name) => world.clusters.get(lastSegment(name)),
        arn: (name) => ecsArn(world, `cluster/${lastSegment(name)}`),
        view: (cluster) => view(cluster, include),
      });
    },
  };
}

function view(cluster: Cluster, include: string[]): JsonObject {
  return {
    ...cluster.settings,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    tags: include.includes('TAGS') ? tagList(cluster.tags) : [],
  };
}

/** TagResource and ListTagsForResource for clusters, services and task definitions. */
export function tagActions(world: World): Record<string, Action> {
  const tagsOf = (input: JsonObject): Tags => {
    const arn = requiredText(input, 'resourceArn');
    const definitions = [...world.families.values()].flat();
    const tagged = [...world.clusters.values(), ...world.services.values(), ...definitions];
    const resource = tagged.find((candidate) => candidate.arn === arn);
    if (!resource) throw invalid(`The specified resource ${arn} is not found.`);
    return resource.tags;
  };
  return {
    TagResource: (input) => {
      const tags = tagsOf(input);
      for (const [key, value] of readTags(input)) tags.set(key, value);
      return {};
    },
    ListTagsForResource: (input) => ({ tags: tagList(tagsOf(input)) }),
  };
}

/** The `tags` of a request. */
export function readTags(input: JsonObject): Tags {
  return new Map(objects(input, 'tags').map((tag) => [requiredText(tag, 'key'), text(tag, 'value') ?? '']));
}

export function tagList(tags: Tags): JsonObject[] {
  return [...tags].map(([key, value]) => ({ key, value }));
}
