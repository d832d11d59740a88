import { ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { RevisionTags } from '../../model/revision-tags';
import { readRevisionTags } from '../../model/revision-tags';
import { contentHash } from '../../model/task-definition';
import type { JsonObject } from '../../model/json';
import { ask } from './ask';
import { readTaskDefinition } from './task-definition-wire';

/** Newest revisions that are looked through: what a lost answer left behind is among the first. */
const REVISIONS_LOOKED_AT = 10;

/**
 * A revision with exactly this content and these tags of ours among the newest of its family, or undefined.
 * Reading stops at `notBefore`, which is older than whatever is looked for.
 */
export async function findRevision(
  client: ECSClient,
  wanted: { family: string; definition: JsonObject; tags: RevisionTags; notBefore: string },
): Promise<string | undefined> {
  const answer = await ask(`ecs:ListTaskDefinitions of family ${wanted.family}`, (options) =>
    client.send(
      new ListTaskDefinitionsCommand({
        familyPrefix: wanted.family,
        status: 'ACTIVE',
        sort: 'DESC',
        maxResults: REVISIONS_LOOKED_AT,
      }),
      options,
    ),
  );
  const hash = contentHash(wanted.definition);
  for (const arn of answer.taskDefinitionArns ?? []) {
    if (arn === wanted.notBefore) return undefined;
    const { definition, tags } = await readTaskDefinition(client, arn);
    if (carries(readRevisionTags(tags), wanted.tags) && contentHash(definition) === hash) return arn;
  }
  return undefined;
}

function carries(tags: RevisionTags, wanted: RevisionTags): boolean {
  return Object.entries(wanted).every(([name, value]) => tags[name as keyof RevisionTags] === value);
}
