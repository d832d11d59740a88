import type { Json, JsonObject } from '../aws/contract';
import type { Condition } from './conditions';
import { isKnownOperator } from './conditions';
import { isKnownKey } from './keys';

/** A list of patterns, or all but what fits them (`NotAction`, `NotResource`). */
export interface Patterns {
  patterns: readonly string[];
  not: boolean;
}

export interface PrincipalPattern {
  kind: 'AWS' | 'Federated' | 'Service';
  value: string;
}

/** One statement of a policy, every member of which is understood. */
export interface Statement {
  effect: 'Allow' | 'Deny';
  actions: Patterns;
  /** Of permission policies. */
  resources: Patterns;
  /** Of trust policies. */
  principals: readonly PrincipalPattern[];
  conditions: readonly Condition[];
}

export type PolicyKind = 'permissions' | 'trust';

const MEMBERS = {
  permissions: ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
  trust: ['Sid', 'Effect', 'Action', 'Principal', 'Condition'],
};
const VERSION = '2012-10-17';

/**
 * Reads a policy document. Throws an Error of one sentence for whatever it does not understand: what is left out of a policy
 * would change what it says. `name` is for messages.
 */
export function readPolicy(document: JsonObject, kind: PolicyKind, name: string): Statement[] {
  const unknown = Object.keys(document).filter((key) => !['Version', 'Id', 'Statement'].includes(key));
  if (unknown.length > 0) throw new Error(`${name}: ${unknown.join(', ')} is not known`);
  if (document['Version'] !== VERSION) throw new Error(`${name}: its Version must be ${VERSION}`);
  const statements = listOf(document['Statement']);
  if (statements.length === 0) throw new Error(`${name}: it has no statement`);
  return statements.map((statement, index) => readStatement(statement, kind, `${name}, statement ${index + 1}`));
}

function readStatement(statement: Json, kind: PolicyKind, name: string): Statement {
  if (!isObject(statement)) throw new Error(`${name}: it is not an object`);
  const unknown = Object.keys(statement).filter((key) => !MEMBERS[kind].includes(key));
  if (unknown.length > 0) throw new Error(`${name}: ${unknown.join(', ')} is not known in a policy of ${kind}`);
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error(`${name}: its Effect must be Allow or Deny`);
  const everywhere = { patterns: ['*'], not: false };
  return {
    effect,
    actions: readPatterns(statement, 'Action', name),
    resources: kind === 'trust' ? everywhere : readPatterns(statement, 'Resource', name),
    principals: kind === 'trust' ? readPrincipals(statement['Principal'], name) : [],
    conditions: readConditions(statement['Condition'], name),
  };
}

function readPatterns(statement: JsonObject, member: 'Action' | 'Resource', name: string): Patterns {
  const [plain, negated] = [texts(statement[member]), texts(statement[`Not${member}`])];
  const patterns = plain.length > 0 ? plain : negated;
  if (patterns.length === 0 || (plain.length > 0 && negated.length > 0))
    throw new Error(`${name}: it needs either ${member} or Not${member}`);
  const variable = patterns.find((pattern) => pattern.includes('${'));
  if (variable !== undefined) throw new Error(`${name}: policy variables, as in ${variable}, are not known`);
  return { patterns, not: plain.length === 0 };
}

function readPrincipals(principal: Json | undefined, name: string): PrincipalPattern[] {
  if (principal === '*') return [{ kind: 'AWS', value: '*' }];
  const found = Object.entries(isObject(principal) ? principal : {}).flatMap(([kind, values]) => {
    if (kind !== 'AWS' && kind !== 'Federated' && kind !== 'Service')
      throw new Error(`${name}: the principal ${kind} is not known`);
    return texts(values).map((value): PrincipalPattern => ({ kind, value }));
  });
  if (found.length === 0) throw new Error(`${name}: it names no Principal`);
  return found;
}

function readConditions(block: Json | undefined, name: string): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw new Error(`${name}: its Condition is not an object`);
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isKnownOperator(operator)) throw new Error(`${name}: the condition operator ${operator} is not known`);
    return Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => {
      if (!isKnownKey(key)) throw new Error(`${name}: the condition key ${key} is not known`);
      const wanted = listOf(values).map(String);
      if (wanted.length === 0) throw new Error(`${name}: the condition key ${key} has no value`);
      return { operator, key: key.toLowerCase(), values: wanted };
    });
  });
}

function listOf(value: Json | undefined): Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function texts(value: Json | undefined): string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
