import type { JsonObject } from '../../../model/json';
import { textOf } from '../../../model/json';
import { REGION } from './peers';

const TARGETS: Record<string, string> = {
  ecr: 'AmazonEC2ContainerRegistry_V20150921',
  ecs: 'AmazonEC2ContainerServiceV20141113',
  logs: 'Logs_20140328',
};
const ANSWER_WITHIN_MS = 30_000;

/** The judge (validate.py) looks only at the answers to requests that this key signs. */
export const BAD_ON_PURPOSE = 'malformed';

export interface RawAnswer {
  status: number;
  body: string;
  /** Of an error. */
  code: string | undefined;
}

/**
 * One request as bytes, by no SDK: `action` is `ecs:UpdateService`; `headers` replace those of a well-formed request, or
 * with undefined leave them out.
 */
export async function ask(
  endpoint: string,
  action: string,
  body: string,
  headers: Record<string, string | undefined> = {},
): Promise<RawAnswer> {
  const [service = '', operation = ''] = action.split(':');
  const target = TARGETS[service];
  const all: Record<string, string | undefined> = {
    'content-type': target ? 'application/x-amz-json-1.1' : 'application/x-www-form-urlencoded',
    'x-amz-target': target && `${target}.${operation}`,
    authorization: signed(service),
    ...headers,
  };
  const sent = new Headers();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) sent.set(name, value);
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const response = await fetch(endpoint, { method: 'POST', headers: sent, body, signal });
  const content = await response.text();
  return { status: response.status, body: content, code: response.ok ? undefined : codeIn(content) };
}

/** One call in good faith: the judge holds its request against the model too. Rejects with what an error says. */
export async function call(endpoint: string, action: string, input: JsonObject = {}): Promise<JsonObject> {
  const answer = await attempt(endpoint, action, input);
  if (answer.code !== undefined) throw new Error(`${action}: ${answer.body}`);
  return JSON.parse(answer.body) as JsonObject;
}

/** As `call`, for actions of services that speak JSON and of STS; an error is an answer too. */
export function attempt(endpoint: string, action: string, input: JsonObject = {}): Promise<RawAnswer> {
  const isSts = action.startsWith('sts:');
  const form = `Action=${action.replace('sts:', '')}&Version=2011-06-15`;
  return ask(endpoint, action, isSts ? form : JSON.stringify(input), {
    authorization: signed(action.split(':')[0] ?? '', { key: 'AKIAPEER' }),
  });
}

/** A Signature Version 4 header in form only: the local AWS does not verify signatures. */
export function signed(service: string, { key = BAD_ON_PURPOSE, region = REGION } = {}): string {
  const credential = `Credential=${key}/20261123/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
}

function codeIn(body: string): string {
  const inXml = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  return inXml ?? textOf((JSON.parse(body) as JsonObject)['__type']) ?? 'none';
}
