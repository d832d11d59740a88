import type { JsonObject } from '../../../local/aws/contract';

export const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';

export function policy(...statements: JsonObject[]): JsonObject {
  return { Version: '2012-10-17', Statement: statements };
}

export function allow(
  action: string | string[],
  resource: string | string[] = '*',
  Condition?: JsonObject,
): JsonObject {
  return { Effect: 'Allow', Action: action, Resource: resource, ...(Condition && { Condition }) };
}

export function deny(action: string | string[], resource: string | string[] = '*', Condition?: JsonObject): JsonObject {
  return { ...allow(action, resource, Condition), Effect: 'Deny' };
}

/** A trust policy of one statement that lets these principals assume the role. */
export function trust(Principal: JsonObject | string, Condition?: JsonObject, Action = 'sts:AssumeRole'): JsonObject {
  return policy({ Effect: 'Allow', Principal, Action, ...(Condition && { Condition }) });
}
