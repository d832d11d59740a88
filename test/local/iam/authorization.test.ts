import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createEcr } from '../../../local/aws/ecr/service';
import { createEcs } from '../../../local/aws/ecs/engine';
import { demandsOf } from '../../../local/iam/demands/demands';
import { errorOf, repositoryOf, sha256, simpleImage } from '../aws/images';
import type { IamAccount } from './account';
import { answerTo, openIamAccount } from './account';
import { ACCOUNT, allow, deny, policy, REGION } from './policies';

const ecsArn = (resource: string): string => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const DEPLOYMENT = ecsArn('service-deployment/production/api/dep1');
const SERVICE = ecsArn('service/production/api');
const IN_CLUSTER = { ArnEquals: { 'ecs:cluster': ecsArn('cluster/production') } };
const TO_TASKS = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
const container = { name: 'api', image: 'x', memory: 128 };

/** Each user has the policy that its name says. */
const USERS = {
  nothing: [],
  service: [allow(['ecs:DescribeServices', 'ecs:DescribeServiceDeployments', 'ecs:StopServiceDeployment'], SERVICE)],
  deployment: [allow(['ecs:DescribeServiceDeployments'], [SERVICE, `${DEPLOYMENT.slice(0, -4)}*`])],
  cluster: [allow('ecs:ListTasks', '*', IN_CLUSTER), allow('ecs:DescribeTasks', ecsArn('task/production/*'))],
  family: [allow('ecs:RegisterTaskDefinition', ecsArn('task-definition/api:*'))],
  tagging: [allow(['ecs:RegisterTaskDefinition', 'ecs:TagResource'], ecsArn('task-definition/api:*'))],
  passing: [allow('ecs:RegisterTaskDefinition'), allow('iam:PassRole', roleArn('task'), TO_TASKS)],
  deploying: [
    allow('ecs:UpdateService', SERVICE, { ArnLike: { 'ecs:task-definition': ecsArn('task-definition/api:*') } }),
  ],
  definitions: [allow('ecs:DescribeTaskDefinition', ecsArn('task-definition/api:*'))],
  barred: [allow('*'), deny('ecs:DescribeServices', SERVICE)],
  logs: [allow('logs:GetLogEvents', `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/ecs/api:log-stream:*`)],
  images: [allow(['ecr:DescribeImages', 'ecr:BatchGetImage'], `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/shop/*`)],
  token: [allow('ecr:GetAuthorizationToken')],
};
type User = keyof typeof USERS;

let account: IamAccount;

beforeAll(async () => {
  const keys = Object.entries(USERS).map(([user, statements]) => [
    user,
    { user, policies: statements.length === 0 ? {} : { own: policy(...statements) } },
  ]);
  account = await openIamAccount({ keys: Object.fromEntries(keys) as Record<string, { user: string }> });
  const { ecs, ecr } = account.as('person');
  await ecs.send(new CreateClusterCommand({ clusterName: 'production' }));
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'other', containerDefinitions: [container] }));
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop/api' }));
});
afterAll(() => account.close());

function denial(user: User, action: string, resource: string): string {
  const who = `arn:aws:iam::${ACCOUNT}:user/${user}`;
  return `AccessDeniedException: User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
}

describe('a call is allowed by exactly the permission that it takes', () => {
  const services = (service: string) => (user: User) =>
    account.as(user).ecs.send(new DescribeServicesCommand({ cluster: 'production', services: [service] }));
  const deployment = (user: User) =>
    account.as(user).ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [DEPLOYMENT] }));
  const register = (user: User, more: object) =>
    account
      .as(user)
      .ecs.send(new RegisterTaskDefinitionCommand({ family: 'api', containerDefinitions: [container], ...more }));
  const tags = [{ key: 'release', value: 'r' }];
  const update = (taskDefinition: string) => (user: User) =>
    account.as(user).ecs.send(
      new UpdateServiceCommand({
        cluster: 'production',
        service: 'api',
        taskDefinition: ecsArn(`task-definition/${taskDefinition}`),
      }),
    );
  const events = (logGroupName: string) => (user: User) =>
    account.as(user).logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: 'ecs/api/1' }));
  const groupArn = (group: string): string =>
    `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:log-stream:ecs/api/1`;
  const images = (repositoryName: string) => (user: User) =>
    account.as(user).ecr.send(new DescribeImagesCommand({ repositoryName }));
  const repositoryArn = (name: string): string => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;

  /** Allowed calls may fail for another reason: only that is told apart here. */
  it.each<[User, string, (user: User) => Promise<unknown>, [action: string, resource: string] | 'allowed']>([
    ['nothing', 'a service', services('api'), ['ecs:DescribeServices', SERVICE]],
    ['service', 'the service', services('api'), 'allowed'],
    ['service', 'the service by its ARN', services(SERVICE), 'allowed'],
    ['service', 'another service', services('web'), ['ecs:DescribeServices', ecsArn('service/production/web')]],
    ['service', 'a deployment, by the service alone', deployment, ['ecs:DescribeServiceDeployments', DEPLOYMENT]],
    ['deployment', 'a deployment, by service and deployment', deployment, 'allowed'],
    [
      'deployment',
      'an action that it has not',
      (user) => account.as(user).ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: DEPLOYMENT })),
      ['ecs:StopServiceDeployment', SERVICE],
    ],
    [
      'cluster',
      'tasks of the cluster',
      (user) => account.as(user).ecs.send(new ListTasksCommand({ cluster: 'production' })),
      'allowed',
    ],
    [
      'cluster',
      'tasks of another cluster',
      (user) => account.as(user).ecs.send(new ListTasksCommand({ cluster: 'staging' })),
      ['ecs:ListTasks', '*'],
    ],
    [
      'cluster',
      'a task of another cluster',
      (user) => account.as(user).ecs.send(new DescribeTasksCommand({ cluster: 'staging', tasks: ['t'] })),
      ['ecs:DescribeTasks', ecsArn('task/staging/t')],
    ],
    [
      'definitions',
      'what knows no resource, by a resource',
      (user) => account.as(user).ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'api' })),
      ['ecs:DescribeTaskDefinition', '*'],
    ],
    ['family', 'a revision of the family', (user) => register(user, {}), 'allowed'],
    [
      'family',
      'a revision of another family',
      (user) => register(user, { family: 'web' }),
      ['ecs:RegisterTaskDefinition', ecsArn('task-definition/web:*')],
    ],
    [
      'family',
      'a revision with tags',
      (user) => register(user, { tags }),
      ['ecs:TagResource', ecsArn('task-definition/api:*')],
    ],
    ['tagging', 'a revision with tags', (user) => register(user, { tags }), 'allowed'],
    [
      'tagging',
      'tags of the revision',
      (user) =>
        account.as(user).ecs.send(new TagResourceCommand({ resourceArn: ecsArn('task-definition/api:1'), tags })),
      'allowed',
    ],
    [
      'tagging',
      'tags of another family',
      (user) =>
        account.as(user).ecs.send(new TagResourceCommand({ resourceArn: ecsArn('task-definition/other:1'), tags })),
      ['ecs:TagResource', ecsArn('task-definition/other:1')],
    ],
    ['passing', 'a revision with the role', (user) => register(user, { taskRoleArn: roleArn('task') }), 'allowed'],
    ['passing', 'a revision with the role by its name', (user) => register(user, { taskRoleArn: 'task' }), 'allowed'],
    [
      'passing',
      'a revision with another role to start it',
      (user) => register(user, { taskRoleArn: roleArn('task'), executionRoleArn: roleArn('admin') }),
      ['iam:PassRole', roleArn('admin')],
    ],
    [
      'passing',
      'an update, which passes to ECS itself',
      (user) =>
        account.as(user).ecs.send(
          new UpdateServiceCommand({
            service: 'api',
            volumeConfigurations: [{ name: 'v', managedEBSVolume: { roleArn: roleArn('task') } }],
          }),
        ),
      ['ecs:UpdateService', ecsArn('service/default/api')],
    ],
    ['deploying', 'the family', update('api:3'), 'allowed'],
    ['deploying', 'another family', update('web:3'), ['ecs:UpdateService', SERVICE]],
    ['logs', 'the log group', events('/ecs/api'), 'allowed'],
    ['logs', 'another log group', events('/ecs/web'), ['logs:GetLogEvents', groupArn('/ecs/web')]],
    ['images', 'the repository', images('shop/api'), 'allowed'],
    ['images', 'another repository', images('other'), ['ecr:DescribeImages', repositoryArn('other')]],
    [
      'images',
      'a token',
      (user) => account.as(user).ecr.send(new GetAuthorizationTokenCommand({})),
      ['ecr:GetAuthorizationToken', '*'],
    ],
    [
      'images',
      'a manifest',
      (user) =>
        account
          .as(user)
          .ecr.send(new BatchGetImageCommand({ repositoryName: 'shop/api', imageIds: [{ imageTag: 'v1' }] })),
      'allowed',
    ],
    ['nothing', 'who it is', (user) => account.as(user).sts.send(new GetCallerIdentityCommand({})), 'allowed'],
  ])('%s: %s', async (user, _what, call, expected) => {
    const answer = await answerTo(call(user));
    if (expected === 'allowed') expect(answer).not.toMatch(/^AccessDenied/);
    else expect(answer).toBe(denial(user, ...expected));
  });

  it('and is refused, in other words, by a policy that denies it', async () => {
    const who = `arn:aws:iam::${ACCOUNT}:user/barred`;
    expect(await answerTo(services('api')('barred'))).toBe(
      `AccessDeniedException: User: ${who} is not authorized to perform: ecs:DescribeServices on resource: ${SERVICE} with an explicit deny in an identity-based policy`,
    );
    expect(await answerTo(services('web')('barred'))).toBe('allowed');
  });
});

describe('the registry', () => {
  it('is pushed to by the permissions of whoever got the token', async () => {
    const { local } = account;
    const image = await simpleImage();
    const { registryHost, endpoint } = local;
    const repository = await repositoryOf({ ecr: account.as('person').ecr, endpoint, registryHost }, 'shop/pushed');
    expect((await repository.push(image, 'v1')).status).toBe(201);

    const { authorizationData } = await account.as('token').ecr.send(new GetAuthorizationTokenCommand({}));
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`;
    const ask = (method: string, path: string) =>
      fetch(`${endpoint}/v2/${path}`, { method, headers: { authorization } });
    expect((await ask('GET', '')).status).toBe(200);
    const refused: [string, string, string][] = [
      ['POST', 'blobs/uploads/', 'InitiateLayerUpload'],
      ['PATCH', 'blobs/uploads/1', 'UploadLayerPart'],
      ['PUT', `blobs/uploads/1?digest=${image.digest}`, 'UploadLayerPart'],
      ['PUT', 'manifests/v2', 'PutImage'],
      ['GET', 'manifests/v1', 'BatchGetImage'],
      ['GET', `blobs/${sha256(image.config)}`, 'GetDownloadUrlForLayer'],
      ['GET', 'tags/list', 'ListImages'],
    ];
    for (const [method, path, action] of refused) {
      const response = await ask(method, `shop/pushed/${path}`);
      expect(response.status).toBe(403);
      expect(await response.clone().text()).toContain(
        `User: arn:aws:iam::${ACCOUNT}:user/token is not authorized to perform: ecr:${action} on resource: arn:aws:ecr:${REGION}:${ACCOUNT}:repository/shop/pushed because`,
      );
      expect(await errorOf(response)).toBe('DENIED');
    }
    expect((await ask('HEAD', `shop/pushed/blobs/${image.digest}`)).status).toBe(403);
  });
});

describe('the record of calls', () => {
  it('says who made a call and what it took, also of calls that were refused', async () => {
    await answerTo(
      account
        .as('family')
        .ecs.send(new RegisterTaskDefinitionCommand({ family: 'recorded', containerDefinitions: [] })),
    );
    const [call] = account.local.calls({ service: 'ecs', action: 'RegisterTaskDefinition' }).slice(-1);
    expect(call).toMatchObject({
      principal: `arn:aws:iam::${ACCOUNT}:user/family`,
      permissions: [`ecs:RegisterTaskDefinition ${ecsArn('task-definition/recorded:*')}`],
      errorCode: 'AccessDeniedException',
    });
  });
});

describe('keys', () => {
  it('that nobody has are refused, each service in its own words', async () => {
    const { ecs, ecr, sts } = account.as('stranger');
    const message = 'The security token included in the request is invalid.';
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toBe(`UnrecognizedClientException: ${message}`);
    expect(await answerTo(ecr.send(new DescribeImagesCommand({ repositoryName: 'x' })))).toBe(
      `UnrecognizedClientException: ${message}`,
    );
    expect(await answerTo(sts.send(new GetCallerIdentityCommand({})))).toBe(`InvalidClientTokenId: ${message}`);
  });
});

it('knows what every action takes that this AWS speaks', async () => {
  const place = { accountId: ACCOUNT, region: REGION };
  const unused = undefined as never;
  const ecs = createEcs({ ...place, stateDir: '.', images: unused, logs: unused, guard: [] });
  await ecs.close();
  const ecr = createEcr(REGION, { host: 'h', repositories: { accountId: ACCOUNT } } as Parameters<typeof createEcr>[1]);
  const spoken = [ecs.service, ecr].flatMap(({ name, actions }) =>
    Object.keys(actions).map((action) => [name, action] as const),
  );
  expect(spoken.length).toBeGreaterThan(20);
  const unknown = spoken.filter(([service, action]) => demandsOf(service, action, {}, place) === undefined);
  expect(unknown).toEqual([]);
  expect(demandsOf('ecs', 'toString', {}, place)).toBeUndefined();
});
