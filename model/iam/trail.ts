import { isJsonObject, objectsOf, textOf } from '../json';
import type { Json, JsonObject } from '../json';

/** One call that an account has a record of. */
export interface TrailEvent {
  /** Name of the role whose session made it; absent for anybody else. */
  role?: string;
  /** What it took. A trail of AWS's says no more than the action; the local AWS says the resource, too. */
  permissions: readonly { action: string; resource?: string }[];
}

/** Nobody needs a permission for these. */
const FREE = ['sts:GetCallerIdentity'];

/**
 * Reads an export of CloudTrail (`{"Records":[…]}`, or one record a line) or the record of the local AWS (`calls.jsonl`).
 * Throws an Error of one sentence for anything else.
 */
export function readTrail(text: string): TrailEvent[] {
  return recordsOf(text).map((record, index) => {
    const event =
      'eventSource' in record
        ? ofCloudTrail(record)
        : 'permissions' in record || 'accessKeyId' in record
          ? ofLocalAws(record)
          : undefined;
    if (event !== undefined)
      return { ...event, permissions: event.permissions.filter(({ action }) => !FREE.includes(action)) };
    throw new Error(`record ${index + 1} is neither CloudTrail's (no eventSource) nor the local AWS's`);
  });
}

function recordsOf(text: string): JsonObject[] {
  const whole = parsed(text);
  if (isJsonObject(whole) && Array.isArray(whole['Records'])) return objectsOf(whole['Records']);
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const record = parsed(line);
      if (isJsonObject(record)) return record;
      throw new Error(`line ${number} is not JSON; expected {"Records":[…]} or one record a line`);
    });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function ofLocalAws({ principal = null, permissions = null }: JsonObject): TrailEvent {
  const texts = (Array.isArray(permissions) ? permissions : []).map((each) => textOf(each) ?? '');
  const split = texts.map((each) => [each.split(' ')[0] ?? '', each.slice(each.indexOf(' ') + 1)] as const);
  return { ...roleOf(textOf(principal)), permissions: split.map(([action, resource]) => ({ action, resource })) };
}

function ofCloudTrail({
  eventSource = null,
  eventName = null,
  userIdentity = null,
  requestParameters = null,
}: JsonObject): TrailEvent {
  const service = (textOf(eventSource) ?? '').replace(/\.amazonaws\.com(\.cn)?$/, '');
  const request = isJsonObject(requestParameters) ? requestParameters : {};
  const action = `${service}:${textOf(eventName) ?? ''}`;
  const who = isJsonObject(userIdentity) ? textOf(userIdentity['arn']) : undefined;
  return {
    ...roleOf(who),
    permissions: [{ action }, ...(action === 'ecs:RegisterTaskDefinition' ? impliedBy(request) : [])],
  };
}

/** CloudTrail has no event for a role that is passed, nor for tags that a resource is made with. */
function impliedBy({ taskRoleArn, executionRoleArn, tags }: JsonObject): TrailEvent['permissions'] {
  const roles = [taskRoleArn, executionRoleArn].flatMap((role) => textOf(role) ?? []);
  return [
    ...roles.map((resource) => ({ action: 'iam:PassRole', resource })),
    ...(objectsOf(tags).length > 0 ? [{ action: 'ecs:TagResource' }] : []),
  ];
}

/** Sessions are named `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
function roleOf(arn: string | undefined): { role?: string } {
  const [, role] = /^arn:[\w-]+:sts::\d+:assumed-role\/([^/]+)\//.exec(arn ?? '') ?? [];
  return role === undefined ? {} : { role };
}
