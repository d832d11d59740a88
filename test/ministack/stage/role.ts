import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Calls } from './wire';
import { Refusal, ROOT_KEY } from './wire';

const ROLE = 'sluice-worker';
const POLICY = 'releases';
const ACCOUNT_ROOT = 'arn:aws:iam::000000000000:root';

/** Everything that a release asks of AWS's API; ministack checks it call by call, with the signature. */
export const ACTIONS = [
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
  'ecr:GetAuthorizationToken',
  'ecs:DescribeServices',
  'ecs:DescribeTaskDefinition',
  'ecs:DescribeTasks',
  'ecs:ListServiceDeployments',
  'ecs:ListTaskDefinitions',
  'ecs:ListTasks',
  'ecs:RegisterTaskDefinition',
  'ecs:TagResource',
  'ecs:UpdateService',
  'iam:ListAttachedRolePolicies',
  'logs:GetLogEvents',
  'sts:GetCallerIdentity',
] as const;

export interface Policy {
  actions: readonly string[];
  /** ARN, or `*`. */
  resource: string;
}

/** Makes the role of Sluice's worker, or replaces the policy of the existing one. */
export async function createRole(
  { iam }: Calls,
  { actions, resource }: Policy = { actions: ACTIONS, resource: '*' },
): Promise<void> {
  await iam('CreateRole', {
    RoleName: ROLE,
    AssumeRolePolicyDocument: policy([{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ROOT }, Action: 'sts:AssumeRole' }]),
  }).catch((error: unknown) => {
    if (!(error instanceof Refusal && error.answer.includes('EntityAlreadyExists'))) throw error;
  });
  await iam('PutRolePolicy', {
    RoleName: ROLE,
    PolicyName: POLICY,
    PolicyDocument: policy([{ Effect: 'Allow', Action: actions, Resource: resource }]),
  });
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** Temporary credentials of the role, as a worker on AWS has them. */
export async function assumeRole(endpoint: string, region: string): Promise<Credentials> {
  const credentials = { accessKeyId: ROOT_KEY, secretAccessKey: 'any' };
  const sts = new STSClient({ endpoint, region, credentials });
  const RoleArn = ACCOUNT_ROOT.replace(/root$/, `role/${ROLE}`);
  const answer = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'tests' }));
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

function policy(statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
