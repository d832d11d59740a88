import type { ECSClient } from '@aws-sdk/client-ecs';
import { readRevisionTags } from '../../model/revision-tags';
import type { EarlierRevision } from '../../model/returnable';
import { containersOf } from '../../model/task-definition';
import { digestOf } from './image-reference';
import { readTaskDefinition } from './task-definition-wire';

/** A task definition as `whyNotReturnable` judges it, with the reference of that container's image. Reads only. */
export async function readEarlierRevision(
  client: ECSClient,
  taskDefinitionArn: string,
  container: string,
): Promise<EarlierRevision & { image: string }> {
  const { arn, status, tags, definition } = await readTaskDefinition(client, taskDefinitionArn);
  const image = containersOf(definition).find(({ name }) => name === container)?.image ?? '';
  return { arn, status, tags: readRevisionTags(tags), digest: digestOf(image), image };
}
