import { compare } from '../../../model/iam/compare';
import { grantsOf } from '../../../model/iam/grants';
import { templateFor } from '../../../model/iam/template';
import { readTrail } from '../../../model/iam/trail';
import type { JsonObject } from '../../../model/json';
import { subject } from './subject';

const DEPLOYER = 'sluice-shop-production-deployer';
const grants = grantsOf(templateFor(subject(), { for: ['images', 'deployer'] }));
const session = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/release`;

function cloudTrail(service: string, eventName: string, more: JsonObject = {}, role = DEPLOYER): JsonObject {
  const userIdentity = { type: 'AssumedRole', arn: session(role) };
  return { eventVersion: '1.11', eventSource: `${service}.amazonaws.com`, eventName, userIdentity, ...more };
}

function local(permissions: string[], role = DEPLOYER): JsonObject {
  return { service: 'ecs', action: 'x', principal: session(role), permissions };
}

function compared(text: string) {
  const { unused, ...rest } = compare(grants, readTrail(text));
  return { ...rest, unused: unused.map(({ role, action }) => `${role.split('-').at(-1) ?? ''} ${action}`) };
}

const records = (...Records: JsonObject[]): string => JSON.stringify({ Records });
const lines = (...each: JsonObject[]): string => each.map((one) => JSON.stringify(one)).join('\n');

describe('an export of CloudTrail', () => {
  it('shows what was granted and never used, by each role', () => {
    const before = compared(records());
    expect(before.unused).toEqual(grants.map(({ role, action }) => `${role.split('-').at(-1) ?? ''} ${action}`));
    const { unused, notGranted } = compared(
      records(cloudTrail('ecs', 'UpdateService'), cloudTrail('ecr', 'DescribeImages')),
    );
    expect(notGranted).toEqual([]);
    expect(before.unused.filter((one) => !unused.includes(one))).toEqual([
      'deployer ecs:UpdateService',
      'deployer ecr:DescribeImages',
    ]);
  });

  it('shows what was used and not granted, once, refused or not', () => {
    const denied = cloudTrail('ecs', 'DeleteService', { errorCode: 'AccessDenied' });
    const { notGranted } = compared(records(denied, denied, cloudTrail('ecr', 'PutImage')));
    expect(notGranted).toEqual([
      { role: DEPLOYER, action: 'ecs:DeleteService', times: 2 },
      { role: DEPLOYER, action: 'ecr:PutImage', times: 1 },
    ]);
  });

  it('tells from a registration that a role was passed and tags were made, of which it has no events', () => {
    const requestParameters = { family: 'api', taskRoleArn: 'arn:aws:iam::1:role/task', tags: [{ key: 'a' }] };
    const { unused } = compared(records(cloudTrail('ecs', 'RegisterTaskDefinition', { requestParameters })));
    expect(unused).not.toContain('deployer iam:PassRole');
    expect(unused).not.toContain('deployer ecs:TagResource');
    const { unused: without } = compared(records(cloudTrail('ecs', 'RegisterTaskDefinition')));
    expect(without).toEqual(expect.arrayContaining(['deployer iam:PassRole', 'deployer ecs:TagResource']));
  });

  it('leaves others and free calls out, and says how many others there were', () => {
    const found = compared(
      lines(cloudTrail('ecs', 'DeleteService', {}, 'somebody'), cloudTrail('sts', 'GetCallerIdentity')),
    );
    expect(found).toMatchObject({ notGranted: [], calls: 1, others: 1 });
  });
});

describe('the record of the local AWS', () => {
  it('tells resources as well', () => {
    const arn = (service: string) => `arn:aws:ecs:eu-central-1:000000000000:service/blue/${service}`;
    const { notGranted, unused } = compared(
      lines(local([`ecs:DescribeServices ${arn('api')}`, `ecs:UpdateService ${arn('web')}`])),
    );
    expect(notGranted).toEqual([{ role: DEPLOYER, action: 'ecs:UpdateService', resource: arn('web'), times: 1 }]);
    expect(unused).toContain('deployer ecs:UpdateService');
    expect(unused).not.toContain('deployer ecs:DescribeServices');
  });
});

it.each([
  ['no JSON', 'hello', 'line 1 is not JSON; expected {"Records":[…]} or one record a line'],
  ['JSON of something else', '{"a":1}', "record 1 is neither CloudTrail's (no eventSource) nor the local AWS's"],
])('refuses %s', (_what, text, message) => {
  expect(() => readTrail(text)).toThrow(message);
});
