import type { Action, JsonObject } from '../contract';
import { lastSegment } from './identifiers';
import { invalid, objects, requiredText, text, texts } from './input';
import type { Tags } from './records';
import type { World } from './world';

/** TagResource, UntagResource and ListTagsForResource for clusters, services, task definitions and tasks. */
export function tagActions(world: World): Record<string, Action> {
  return {
    TagResource: (input) => {
      const tags = tagsOf(world, requiredText(input, 'resourceArn'));
      for (const [key, value] of readTags(input)) tags.set(key, value);
      return {};
    },
    UntagResource: (input) => {
      const tags = tagsOf(world, requiredText(input, 'resourceArn'));
      for (const key of texts(input, 'tagKeys') ?? []) tags.delete(key);
      return {};
    },
    ListTagsForResource: (input) => ({ tags: tagList(tagsOf(world, requiredText(input, 'resourceArn'))) }),
  };
}

/** The `tags` of a request. */
export function readTags(input: JsonObject): Tags {
  const tags = objects(input, 'tags') ?? [];
  return new Map(tags.map((tag) => [requiredText(tag, 'key'), text(tag, 'value') ?? '']));
}

export function tagList(tags: Tags): JsonObject[] {
  return [...tags].map(([key, value]) => ({ key, value }));
}

function tagsOf(world: World, arn: string): Tags {
  const [, kind] = /^arn:aws:ecs:[^:]+:\d+:([a-z-]+)\//.exec(arn) ?? [];
  const tags =
    kind === 'cluster'
      ? world.clusters.get(lastSegment(arn))?.tags
      : kind === 'service'
        ? world.services.get(arn)?.tags
        : kind === 'task'
          ? world.tasks.get(lastSegment(arn))?.tags
          : kind === 'task-definition'
            ? [...world.families.values()].flat().find((definition) => definition.arn === arn)?.tags
            : undefined;
  if (!tags) throw invalid(`The specified resource ${arn} is not found.`);
  return tags;
}
