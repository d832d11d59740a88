import type { JsonObject } from '../aws/contract';

/** Those of AWS's own policies that roles of a local AWS can carry. Source: AWS Managed Policy Reference. */
const MANAGED: Readonly<Record<string, JsonObject>> = {
  AdministratorAccess: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  },
  PowerUserAccess: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: [
          'account:GetAccountInformation',
          'account:GetPrimaryEmail',
          'account:ListRegions',
          'iam:CreateServiceLinkedRole',
          'iam:DeleteServiceLinkedRole',
          'iam:ListRoles',
          'organizations:DescribeOrganization',
        ],
        Resource: '*',
      },
    ],
  },
};

/** Throws an Error of one sentence for a policy that is not known here. */
export function managedPolicy(arn: string): JsonObject {
  const name = arn.replace(/^arn:aws:iam::aws:policy\//, '');
  const known = Object.hasOwn(MANAGED, name) ? MANAGED[name] : undefined;
  if (known === undefined || name === arn) throw new Error(`the managed policy ${arn} is not known`);
  return known;
}
