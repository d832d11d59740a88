import type { Action, JsonObject } from '../contract';
import { invalid, objects, requiredText, text } from '../input';
import type { Tags } from './records';
import type { World } from './world';

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
