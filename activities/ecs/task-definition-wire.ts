import { Readable } from 'node:stream';
import { DescribeTaskDefinitionCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { isJsonObject, objectsOf, textOf } from '../../model/json';
import type { Json, JsonObject } from '../../model/json';
import type { Tag } from '../../model/revision-tags';
import { ask } from './ask';
import { sendOnce } from './send-once';

export interface WireTaskDefinition {
  arn: string;
  family: string;
  /** `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`. */
  status: string;
  /** Exactly what ECS answered, fields included that this version of the SDK does not know. */
  definition: JsonObject;
  tags: Tag[];
}

/** A task definition is small; ECS itself takes no more than 64 KiB. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Reads a task definition by ARN, `family:revision` or family (its newest active revision), past the SDK's own parsing,
 * which drops every field that it does not know. Endpoint, credentials, retries and signing stay the SDK's.
 */
export async function readTaskDefinition(client: ECSClient, name: string): Promise<WireTaskDefinition> {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ['TAGS'] });
  let body: Json = null;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: Readable };
      const bytes = await readAll(response.body);
      // The SDK reads it once more: for its own answer, and for the error when it is one.
      response.body = Readable.from([bytes]);
      if (response.statusCode < 300) body = JSON.parse(bytes.toString('utf8')) as Json;
      return result;
    },
    // Low: next to the wire, before the SDK's own parsing gets the answer.
    { step: 'deserialize', priority: 'low', name: 'sluiceKeepBody' },
  );
  await ask(`ecs:DescribeTaskDefinition of ${name}`, (options) => client.send(command, options));
  return fromWire(body);
}

/**
 * Registers `definition` as it is, unknown fields included, and answers the new revision's ARN.
 *
 * RegisterTaskDefinition has no idempotency token: it is sent once, and a caller that got no answer looks for its
 * revision before it registers again.
 */
export async function registerTaskDefinition(client: ECSClient, definition: JsonObject, tags: Tag[]): Promise<string> {
  const family = textOf(definition['family']) ?? '';
  const command = new RegisterTaskDefinitionCommand({ family, containerDefinitions: [] });
  sendOnce(command.middlewareStack);
  const body = JSON.stringify({ ...definition, tags });
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string; headers: Record<string, string> };
      request.body = body;
      request.headers['content-length'] = String(Buffer.byteLength(body));
      return next(args);
    },
    // Last before signing, so that the signature is of this body.
    { step: 'build', priority: 'low', name: 'sluiceWholeBody' },
  );
  const { taskDefinition } = await ask(`ecs:RegisterTaskDefinition of family ${family}`, (options) =>
    client.send(command, options),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

function fromWire(body: Json): WireTaskDefinition {
  const definition = isJsonObject(body) ? (body['taskDefinition'] ?? null) : null;
  if (!isJsonObject(body) || !isJsonObject(definition)) throw new Error('ECS answered without a task definition');
  return {
    arn: textOf(definition['taskDefinitionArn']) ?? '',
    family: textOf(definition['family']) ?? '',
    status: textOf(definition['status']) ?? 'ACTIVE',
    definition,
    tags: objectsOf(body['tags']).map((tag) => ({ key: textOf(tag['key']) ?? '', value: textOf(tag['value']) ?? '' })),
  };
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error(`ECS answered with more than ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
