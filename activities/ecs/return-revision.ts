import type { ECSClient } from '@aws-sdk/client-ecs';
import { tagsOfCopy } from '../../model/revision-tags';
import type { Baseline } from '../../model/target';
import { pinnedDefinition } from '../../model/task-definition';
import { findRevision } from './revision-search';
import { readTaskDefinition, registerTaskDefinition } from './task-definition-wire';

/**
 * The revision that brings a baseline back: itself; or a copy of it, where its images are named by tags that may have
 * been moved since, or where somebody deregistered it. Looks for the copy of an earlier attempt before it makes one.
 */
export async function returnRevision(client: ECSClient, { taskDefinitionArn, pins = {} }: Baseline): Promise<string> {
  const { definition, family, status, tags } = await readTaskDefinition(client, taskDefinitionArn);
  if (status === 'ACTIVE' && Object.keys(pins).length === 0) return taskDefinitionArn;
  const copy = pinnedDefinition(definition, pins);
  const ours = { pinned: taskDefinitionArn };
  const existing = await findRevision(client, { family, definition: copy, tags: ours, notBefore: taskDefinitionArn });
  return existing ?? registerTaskDefinition(client, copy, tagsOfCopy(tags, ours));
}
