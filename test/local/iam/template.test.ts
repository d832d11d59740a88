import type { JsonObject } from '../../../local/aws/contract';
import { deployTemplate } from '../../../local/iam/template';
import { ACCOUNT, REGION } from './policies';

const role = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: properties,
  ...more,
});
const deploy = (template: JsonObject, parameters: Record<string, string> = {}) =>
  deployTemplate(template, parameters, { accountId: ACCOUNT, region: REGION });

const TEMPLATE: JsonObject = {
  Parameters: {
    Name: { Type: 'String', Default: 'one' },
    Arns: { Type: 'CommaDelimitedList', Default: '' },
  },
  Conditions: { HasArns: { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', { Ref: 'Arns' }] }, ''] }] } },
  Resources: {
    Provider: { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: 'https://issuer.example', ClientIdList: ['a'] } },
    Role: role({
      RoleName: { 'Fn::Sub': '${Name}-${AWS::Region}' },
      AssumeRolePolicyDocument: { Principal: { Federated: { Ref: 'Provider' } } },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Statement: [
              { 'Fn::If': ['HasArns', { Resource: { Ref: 'Arns' } }, { Ref: 'AWS::NoValue' }] },
              { Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:ecs::${AWS::AccountId}:x' } },
            ],
          },
        },
      ],
    }),
    Never: role({}, { Condition: 'HasArns' }),
  },
};

it('makes of a template what CloudFormation would make of it', () => {
  const last = { Resource: `arn:aws:ecs::${ACCOUNT}:x` };
  expect(deploy(TEMPLATE)).toEqual({
    roles: [
      {
        name: `one-${REGION}`,
        trust: { Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example` } },
        policies: { p: { Statement: [last] } },
      },
    ],
    providers: [{ url: 'https://issuer.example', audiences: ['a'] }],
  });
  const { roles } = deploy(TEMPLATE, { Name: 'two', Arns: 'x,y' });
  expect(roles.map(({ name }) => name)).toEqual([`two-${REGION}`, 'Never']);
  expect(roles[0]?.policies).toEqual({ p: { Statement: [{ Resource: ['x', 'y'] }, last] } });
});

it.each<[string, JsonObject]>([
  ['the parameter P has no value', { Parameters: { P: { Type: 'String' } } }],
  ['there is nothing called Q', { Resources: { R: role({ RoleName: { Ref: 'Q' } }) } }],
  ['the function Fn::Select is not known', { Resources: { R: role({ RoleName: { 'Fn::Select': [0, []] } }) } }],
  ['there is no condition C', { Resources: { R: role({}, { Condition: 'C' }) } }],
  [
    'the condition {"Fn::Or":[]} is not known',
    { Conditions: { C: { 'Fn::Or': [] } }, Resources: { R: role({}, { Condition: 'C' }) } },
  ],
  ['R: resources of type "AWS::S3::Bucket" are not known', { Resources: { R: { Type: 'AWS::S3::Bucket' } } }],
  ['R: roles with a path are not known', { Resources: { R: role({ Path: '/ci/' }) } }],
])('refuses what it does not know: %s', (message, template) => {
  expect(() => deploy(template)).toThrow(message);
});
