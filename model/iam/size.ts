import { isJsonObject } from '../json';
import type { Json } from '../json';

/** What the inline policies of a role may have together, white space aside. Source: IAM user guide, "IAM and AWS STS quotas". */
export const MOST_CHARACTERS = 10_240;

const DEPLOYED = { '${AWS::Partition}': 'aws', '${AWS::AccountId}': '000000000000' };

/** About how many characters statements have once they are deployed; parameters count as long as their names. */
export function charactersOf(statements: readonly Json[]): number {
  const text = JSON.stringify(statements.map(plain));
  return Object.entries(DEPLOYED).reduce((each, [name, value]) => each.replaceAll(name, value), text).length;
}

function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const { 'Fn::Sub': text, 'Fn::If': branches } = value;
  if (text !== undefined) return text;
  if (Array.isArray(branches)) return plain(branches[1] ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
