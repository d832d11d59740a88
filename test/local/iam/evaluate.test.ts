import type { JsonObject } from '../../../local/aws/contract';
import type { Context } from '../../../local/iam/conditions';
import { readPolicy } from '../../../local/iam/document';
import { judge } from '../../../local/iam/evaluate';
import { allow, deny, policy } from './policies';

const SERVICE = 'arn:aws:ecs:eu-west-1:000000000000:service/production/api';
const KEY = 'token.actions.githubusercontent.com:sub';

function verdict(statements: JsonObject[], context: Context = {}): string {
  const read = readPolicy(policy(...statements), 'permissions', 'the policy');
  return judge(read, { action: 'ecs:UpdateService', resource: SERVICE, context });
}

describe('what a policy says of ecs:UpdateService on service production/api', () => {
  it.each<[string, JsonObject[], string]>([
    ['nothing about it', [allow('ecs:DescribeServices')], 'implicit-deny'],
    ['exactly it', [allow('ecs:UpdateService', SERVICE)], 'allow'],
    ['the action in another case', [allow('ECS:updateservice', SERVICE)], 'allow'],
    ['the resource in another case', [allow('ecs:UpdateService', SERVICE.replace('api', 'API'))], 'implicit-deny'],
    ['all actions of ECS', [allow('ecs:*')], 'allow'],
    ['actions that begin so', [allow('ecs:Update*')], 'allow'],
    ['one character left open', [allow('ecs:UpdateServic?')], 'allow'],
    ['two characters left open where there is one', [allow('ecs:UpdateServic??')], 'implicit-deny'],
    ['all services of the cluster', [allow('ecs:UpdateService', SERVICE.replace('api', '*'))], 'allow'],
    ['a service whose name begins so', [allow('ecs:UpdateService', `${SERVICE}-2`)], 'implicit-deny'],
    ['a dot, which is no pattern', [allow('ecs:UpdateService', SERVICE.replace('api', 'a.i'))], 'implicit-deny'],
    ['another service, and it', [allow('ecs:UpdateService', ['arn:aws:ecs:::x', SERVICE])], 'allow'],
    ['allowed and denied', [allow('ecs:*'), deny('ecs:UpdateService')], 'explicit-deny'],
    ['denied first and allowed', [deny('ecs:UpdateService'), allow('*')], 'explicit-deny'],
    ['another action denied', [allow('*'), deny('ecs:StopTask')], 'allow'],
    ['all actions but it', [{ Effect: 'Allow', NotAction: 'ecs:UpdateService', Resource: '*' }], 'implicit-deny'],
    ['all actions but another', [{ Effect: 'Allow', NotAction: ['iam:*', 'ecr:*'], Resource: '*' }], 'allow'],
    ['all resources but it', [{ Effect: 'Allow', Action: '*', NotResource: SERVICE }], 'implicit-deny'],
  ])('%s', (_what, statements, expected) => {
    expect(verdict(statements)).toBe(expected);
  });
});

describe('a condition', () => {
  const sub = 'repo:acme/shop:ref:refs/heads/main';
  it.each<[string, JsonObject, Context, boolean]>([
    ['equal', { StringEquals: { [KEY]: sub } }, { [KEY]: [sub] }, true],
    ['equal to one of two', { StringEquals: { [KEY]: ['x', sub] } }, { [KEY]: [sub] }, true],
    ['not equal', { StringEquals: { [KEY]: `${sub}2` } }, { [KEY]: [sub] }, false],
    ['a pattern where texts are compared', { StringEquals: { [KEY]: 'repo:*' } }, { [KEY]: [sub] }, false],
    ['a pattern', { StringLike: { [KEY]: 'repo:acme/*' } }, { [KEY]: [sub] }, true],
    ['a key that is absent', { StringEquals: { [KEY]: sub } }, {}, false],
    ['a key that is absent, if it exists', { StringEqualsIfExists: { [KEY]: sub } }, {}, true],
    ['another value, if it exists', { StringEqualsIfExists: { [KEY]: 'x' } }, { [KEY]: [sub] }, false],
    ['a key in another case', { StringEquals: { [KEY.toUpperCase()]: sub } }, { [KEY]: [sub] }, true],
    ['unequal', { StringNotEquals: { [KEY]: 'x' } }, { [KEY]: [sub] }, true],
    ['unequal to all', { StringNotEquals: { [KEY]: ['x', sub] } }, { [KEY]: [sub] }, false],
    ['unequal where it is absent', { StringNotEquals: { [KEY]: sub } }, {}, true],
    ['not like', { StringNotLike: { [KEY]: 'repo:acme/*' } }, { [KEY]: [sub] }, false],
    ['equal but for case', { StringEqualsIgnoreCase: { [KEY]: sub.toUpperCase() } }, { [KEY]: [sub] }, true],
    [
      'an ARN',
      { ArnEquals: { 'ecs:cluster': 'arn:aws:ecs:*:0:cluster/a' } },
      { 'ecs:cluster': ['arn:aws:ecs:eu:0:cluster/a'] },
      true,
    ],
    [
      'an ARN whose star would reach over a colon',
      { ArnLike: { 'ecs:cluster': 'arn:*:cluster/a' } },
      { 'ecs:cluster': ['arn:aws:ecs:eu:0:cluster/a'] },
      false,
    ],
    [
      'the end of an ARN',
      { ArnLike: { 'ecs:task-definition': 'arn:aws:ecs:eu:0:task-definition/a:*' } },
      { 'ecs:task-definition': ['arn:aws:ecs:eu:0:task-definition/a:7'] },
      true,
    ],
    [
      'not that ARN',
      { ArnNotLike: { 'ecs:cluster': 'arn:aws:ecs:eu:0:cluster/*' } },
      { 'ecs:cluster': ['arn:aws:ecs:eu:0:cluster/a'] },
      false,
    ],
    ['absent', { Null: { [KEY]: 'true' } }, {}, true],
    ['not absent', { Null: { [KEY]: true } }, { [KEY]: [sub] }, false],
    ['present', { Null: { [KEY]: 'false' } }, { [KEY]: [sub] }, true],
    ['a truth', { Bool: { [KEY]: 'true' } }, { [KEY]: ['True'] }, true],
    ['any of several', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, { 'aws:tagkeys': ['a', 'b'] }, true],
    ['any of none', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, {}, false],
    ['all of several', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, { 'aws:tagkeys': ['a', 'b'] }, false],
    ['all of none', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, {}, true],
    [
      'two operators of which one does not hold',
      { StringEquals: { [KEY]: sub }, Null: { [KEY]: 'true' } },
      { [KEY]: [sub] },
      false,
    ],
    [
      'two keys of which one does not hold',
      { StringEquals: { [KEY]: sub, 'sts:RoleSessionName': 'x' } },
      { [KEY]: [sub] },
      false,
    ],
  ])('%s', (_what, Condition, context, holds) => {
    expect(verdict([allow('*', '*', Condition)], context)).toBe(holds ? 'allow' : 'implicit-deny');
    // What a condition says must not depend on the effect.
    expect(verdict([allow('*'), deny('*', '*', Condition)], context)).toBe(holds ? 'explicit-deny' : 'allow');
  });
});

describe('a policy is refused, not half understood', () => {
  const read = (document: JsonObject) => () => readPolicy(document, 'permissions', 'policy P');
  it.each<[string, JsonObject]>([
    [
      'statement 1: the condition operator NumericLessThan is not known',
      allow('*', '*', { NumericLessThan: { 'aws:TagKeys': '3' } }),
    ],
    [
      'statement 1: the condition operator stringEquals is not known',
      allow('*', '*', { stringEquals: { 'aws:TagKeys': 'a' } }),
    ],
    [
      'statement 1: the condition operator ForSomeValue:StringEquals is not known',
      allow('*', '*', { 'ForSomeValue:StringEquals': { 'aws:TagKeys': 'a' } }),
    ],
    ['statement 1: the condition key ecs:clutser is not known', allow('*', '*', { ArnEquals: { 'ecs:clutser': 'x' } })],
    ['statement 1: the condition key ecs:cluster has no value', allow('*', '*', { ArnEquals: { 'ecs:cluster': [] } })],
    ['statement 1: Actoin is not known in a policy of permissions', { ...allow('*'), Actoin: '*' }],
    ['statement 1: Principal is not known in a policy of permissions', { ...allow('*'), Principal: '*' }],
    ['statement 1: its Effect must be Allow or Deny', { ...allow('*'), Effect: 'allow' }],
    ['statement 1: it needs either Resource or NotResource', { Effect: 'Allow', Action: '*' }],
    ['statement 1: it needs either Action or NotAction', { ...allow('*'), NotAction: 'ecs:*' }],
    ['statement 1: policy variables, as in ${aws:username}, are not known', allow('*', '${aws:username}')],
  ])('%s', (message, statement) => {
    expect(read(policy(statement))).toThrow(`policy P, ${message}`);
  });

  it('says so of whole documents too', () => {
    expect(read({ Version: '2008-10-17', Statement: allow('*') })).toThrow('policy P: its Version must be 2012-10-17');
    expect(read({ Version: '2012-10-17' })).toThrow('policy P: it has no statement');
    expect(read({ ...policy(allow('*')), Statements: [] })).toThrow('policy P: Statements is not known');
  });
});
