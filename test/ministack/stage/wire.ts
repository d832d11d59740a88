import type { JsonObject } from '../../../model/json';

/** ministack takes this key for the account's root, whatever its secret: the person who sets everything up. */
export const ROOT_KEY = 'test';
const ANSWER_WITHIN_MS = 30_000;
/** ministack does not verify what the account's root signs, but reads who, where and what from it. */
const UNVERIFIED = '0'.repeat(64);
const TARGETS = { ecs: 'AmazonEC2ContainerServiceV20141113', ecr: 'AmazonEC2ContainerRegistry_V20150921' };

/** Calls on the wire, with whatever members no SDK knows; each throws what was answered but success. */
export interface Calls {
  ecs: (action: string, input: JsonObject) => Promise<JsonObject>;
  ecr: (action: string, input: JsonObject) => Promise<JsonObject>;
  iam: (action: string, input: Record<string, string>) => Promise<void>;
}

/** An answer that is not success. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly answer: string,
  ) {
    super(`${status} ${answer}`);
  }
}

export function callsOfRoot(endpoint: string, region: string): Calls {
  const send = async (service: string, headers: Record<string, string>, body: string): Promise<string> => {
    const credential = `${ROOT_KEY}/20261123/${region}/${service}/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        ...headers,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${UNVERIFIED}`,
      },
      body,
    });
    const answer = await response.text();
    if (!response.ok) throw new Refusal(response.status, answer);
    return answer;
  };
  const json =
    (service: keyof typeof TARGETS) =>
    async (action: string, input: JsonObject): Promise<JsonObject> => {
      const target = { 'x-amz-target': `${TARGETS[service]}.${action}` };
      const headers = { 'content-type': 'application/x-amz-json-1.1', ...target };
      return JSON.parse(await send(service, headers, JSON.stringify(input))) as JsonObject;
    };
  return {
    ecs: json('ecs'),
    ecr: json('ecr'),
    iam: async (action, input) => {
      const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...input });
      await send('iam', { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
    },
  };
}
