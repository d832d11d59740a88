import type { JsonObject } from '../../model/json';
import { waitFor } from '../helpers/wait-for';
import { call } from './stage/calls';
import type { Peers, ProgramEnd } from './stage/peers';
import { CLUSTER, CRASH, openPeers, server, SET_UP_WITHIN_MS } from './stage/peers';

const openedAt = Date.now();
let peers: Peers;
let images: Record<'one' | 'two' | 'crash', string>;

beforeAll(async () => {
  peers = await openPeers();
  images = {
    one: await peers.push('api', 'one', server('one')),
    two: await peers.push('api', 'two', server('two')),
    crash: await peers.push('api', 'crash', CRASH),
  };
  await aws('ecs', 'create-cluster', '--cluster-name', CLUSTER);
}, SET_UP_WITHIN_MS);
afterAll(() => peers.close());

const run = (...args: string[]): Promise<ProgramEnd> => peers.run('aws', args);

/** What a command that succeeds prints. */
async function aws(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

const query = (expression: string): string[] => ['--output', 'text', '--query', expression];
const service = (name: string): string[] => ['--cluster', CLUSTER, '--services', name];

/** A task with it counts as healthy after six seconds: 300 of AWS's. */
const SLOW = { healthCheck: { command: ['CMD', 'node', '-e', '0'], interval: 300 } };

function register(family: string, image: string, more: JsonObject = {}): Promise<string> {
  const options = { 'awslogs-group': `/ecs/${family}`, 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'ecs' };
  const container = { name: 'app', image, memory: 128, logConfiguration: { logDriver: 'awslogs', options }, ...more };
  const definitions = ['--container-definitions', JSON.stringify([container])];
  const arn = query('taskDefinition.taskDefinitionArn');
  return aws('ecs', 'register-task-definition', '--family', family, ...definitions, ...arn);
}

async function createService(name: string, image: keyof typeof images): Promise<string> {
  const definition = await register(name, images[image]);
  const what = ['--cluster', CLUSTER, '--service-name', name, '--task-definition', name, '--desired-count', '1'];
  const breaker = 'deploymentCircuitBreaker={enable=true,rollback=true}';
  await aws('ecs', 'create-service', ...what, '--deployment-configuration', breaker);
  return definition;
}

const rolledOut = (name: string, state = 'COMPLETED'): Promise<unknown> =>
  waitFor(`${name} is ${state}`, async () => {
    const { services } = await call(peers.endpoint, 'ecs:DescribeServices', { cluster: CLUSTER, services: [name] });
    const [{ deployments } = {}] = services as JsonObject[];
    const [deployment, ...more] = deployments as JsonObject[];
    return more.length === 0 && deployment?.['rolloutState'] === state;
  });

describe('aws sts and aws ecr', () => {
  it('say who calls', async () => {
    const identity = JSON.parse(await aws('sts', 'get-caller-identity')) as JsonObject;
    expect(identity).toMatchObject({ Account: '000000000000', Arn: 'arn:aws:iam::000000000000:user/local' });
  });

  it('give a password with which a registry client logs in', async () => {
    const password = await aws('ecr', 'get-login-password');
    const login = (authorization?: string) =>
      fetch(`http://${peers.aws.registryHost}/v2/`, authorization ? { headers: { authorization } } : {});
    // As `docker login` does: asked what is wanted, it answers with basic authentication.
    const challenge = await login();
    expect({ status: challenge.status, scheme: challenge.headers.get('www-authenticate') }).toEqual({
      status: 401,
      scheme: expect.stringMatching(/^Basic realm=/) as string,
    });
    const basic = (given: string) => `Basic ${Buffer.from(`AWS:${given}`).toString('base64')}`;
    expect((await login(basic(password))).status).toBe(200);
    expect((await login(basic('wrong'))).status).toBe(401);
  });

  it('print the command line that logs docker in', async () => {
    const line = await aws('ecr', 'get-login', '--no-include-email');
    expect(line).toMatch(/^docker login -u AWS -p \S+ http:\/\/127\.0\.0\.1:\d+$/);
    expect(line).toContain(`http://${peers.aws.registryHost}`);
  });

  it('describe images', async () => {
    const printed = await aws('ecr', 'describe-images', '--repository-name', 'api', '--image-ids', 'imageTag=two');
    const { imageDetails } = JSON.parse(printed) as { imageDetails: JsonObject[] };
    expect(imageDetails).toMatchObject([{ repositoryName: 'api', imageTags: ['two'], registryId: '000000000000' }]);
    const pushedAt = Number(imageDetails[0]?.['imagePushedAt']) * 1000;
    expect(pushedAt).toBeGreaterThan(openedAt);
    expect(pushedAt).toBeLessThan(Date.now());
    const all = await aws('ecr', 'describe-images', '--repository-name', 'api', ...query('imageDetails[].imageTags[]'));
    expect(all.split(/\s+/).sort()).toEqual(['crash', 'one', 'two']);
    const uri = query('repositories[0].repositoryUri');
    expect(await aws('ecr', 'describe-repositories', ...uri)).toBe(`${peers.aws.registryHost}/api`);
  });
});

describe('aws ecs', () => {
  it('brings a service out, waits until it is stable, and shows its tasks and their logs', async () => {
    await createService('shop', 'one');
    await aws('ecs', 'wait', 'services-stable', ...service('shop'));
    const counts = query('services[0].[status,desiredCount,runningCount]');
    expect((await aws('ecs', 'describe-services', ...service('shop'), ...counts)).split(/\s+/)).toEqual([
      'ACTIVE',
      '1',
      '1',
    ]);

    const arns = query('taskArns');
    const task = await aws('ecs', 'list-tasks', '--cluster', CLUSTER, '--service-name', 'shop', ...arns);
    await aws('ecs', 'wait', 'tasks-running', '--cluster', CLUSTER, '--tasks', task);
    const shown = query('tasks[0].[lastStatus,group,containers[0].name]');
    const described = await aws('ecs', 'describe-tasks', '--cluster', CLUSTER, '--tasks', task, ...shown);
    expect(described.split(/\s+/)).toEqual(['RUNNING', 'service:shop', 'app']);

    const stream = `ecs/app/${task.split('/').at(-1) ?? ''}`;
    const where = ['--log-group-name', '/ecs/shop', '--log-stream-name', stream];
    await waitFor('a line of the task in its log', async () => {
      const { stdout } = await run('logs', 'get-log-events', ...where, ...query('events[].message'));
      return stdout.includes('one listens');
    });
  });

  it('updates a service and waits until the new revision alone runs', async () => {
    await createService('updated', 'one');
    await rolledOut('updated');
    const two = await register('updated', images.two, SLOW);
    const update = ['--cluster', CLUSTER, '--service', 'updated', '--task-definition', 'updated'];
    const asked = await aws('ecs', 'update-service', ...update, ...query('service.deployments[].rolloutState'));
    expect(asked.split(/\s+/)).toEqual(['IN_PROGRESS', 'COMPLETED']);
    // It sees two deployments, and looks again after 15 seconds.
    await aws('ecs', 'wait', 'services-stable', ...service('updated'));
    const seen = query('services[0].deployments[].[status,rolloutState,taskDefinition]');
    const deployments = await aws('ecs', 'describe-services', ...service('updated'), ...seen);
    expect(deployments.split(/\s+/)).toEqual(['PRIMARY', 'COMPLETED', two]);
  });

  it('shows an update that fails, and the way back', async () => {
    const one = await createService('failing', 'one');
    await rolledOut('failing');
    await register('failing', images.crash);
    const update = ['--cluster', CLUSTER, '--service', 'failing', '--task-definition', 'failing'];
    await aws('ecs', 'update-service', ...update);
    const statuses = query('serviceDeployments[].status');
    const list = ['ecs', 'list-service-deployments', '--cluster', CLUSTER, '--service', 'failing'];
    await waitFor('a rollback', async () => (await aws(...list, ...statuses)).startsWith('ROLLBACK_SUCCESSFUL'));

    const of = query('services[0].[taskDefinition,events[].message]');
    const [definition, ...events] = (await aws('ecs', 'describe-services', ...service('failing'), ...of)).split('\n');
    expect(definition).toBe(one);
    expect(events.join('\n')).toContain('(service failing) rolling back to deployment ecs-svc/');
    const stopped = ['--cluster', CLUSTER, '--service-name', 'failing', '--desired-status', 'STOPPED'];
    const tasks = (await aws('ecs', 'list-tasks', ...stopped, ...query('taskArns'))).split(/\s+/);
    await aws('ecs', 'wait', 'tasks-stopped', '--cluster', CLUSTER, '--tasks', ...tasks);
    const why = query('tasks[].[stopCode,containers[0].exitCode,stoppedReason]');
    const causes = await aws('ecs', 'describe-tasks', '--cluster', CLUSTER, '--tasks', ...tasks, ...why);
    expect(causes.split('\n')).toContain('EssentialContainerExited\t3\tEssential container in task exited');
  });

  it('turns a deployment round', async () => {
    const one = await createService('stopped', 'one');
    await rolledOut('stopped');
    await register('stopped', images.two, SLOW);
    const update = ['--cluster', CLUSTER, '--service', 'stopped', '--task-definition', 'stopped'];
    const arn = await aws('ecs', 'update-service', ...update, ...query('service.currentServiceDeployment'));
    expect(await aws('ecs', 'stop-service-deployment', '--service-deployment-arn', arn)).toContain(arn);
    await rolledOut('stopped');
    const definition = query('services[0].taskDefinition');
    expect(await aws('ecs', 'describe-services', ...service('stopped'), ...definition)).toBe(one);
  });

  it('tags what there is', async () => {
    const arn = await aws('ecs', 'describe-clusters', '--clusters', CLUSTER, ...query('clusters[0].clusterArn'));
    await aws('ecs', 'tag-resource', '--resource-arn', arn, '--tags', 'key=team,value=shop');
    const tags = await aws('ecs', 'list-tags-for-resource', '--resource-arn', arn, ...query('tags[].[key,value]'));
    expect(tags).toBe('team\tshop');
  });
});

describe('errors are printed as those of AWS', () => {
  it.each([
    [
      ['ecs', 'list-tasks', '--cluster', 'none'],
      'An error occurred (ClusterNotFoundException) when calling the ListTasks operation: Cluster not found.',
    ],
    [
      ['ecs', 'update-service', '--cluster', CLUSTER, '--service', 'nobody'],
      'An error occurred (ServiceNotFoundException) when calling the UpdateService operation: Service not found.',
    ],
    [
      ['ecs', 'describe-task-definition', '--task-definition', 'nobody'],
      'An error occurred (ClientException) when calling the DescribeTaskDefinition operation: Unable to describe task definition.',
    ],
    [
      ['ecr', 'describe-images', '--repository-name', 'nobody'],
      "An error occurred (RepositoryNotFoundException) when calling the DescribeImages operation: The repository with name 'nobody' does not exist in the registry with id '000000000000'",
    ],
    [
      ['ecs', 'list-clusters'],
      'An error occurred (UnknownOperationException) when calling the ListClusters operation: The local AWS does not speak',
    ],
    [
      ['sts', 'get-session-token'],
      'An error occurred (InvalidAction) when calling the GetSessionToken operation: The local AWS does not speak sts:GetSessionToken',
    ],
  ])('%j', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it('and what is throttled is tried again until it is answered', async () => {
    peers.aws.faults.add({ action: 'ecs:DescribeClusters', kind: 'throttle', times: 2 });
    expect(await aws('ecs', 'describe-clusters', '--clusters', CLUSTER, ...query('clusters[0].status'))).toBe('ACTIVE');
    expect(
      peers.aws
        .calls({ action: 'DescribeClusters' })
        .slice(-3)
        .map(({ fault }) => fault),
    ).toEqual(['throttle', 'throttle', undefined]);
  });
});

it("all that it sent and was answered fits botocore's model, and it kept nothing", async () => {
  const { findings, actions } = await peers.verdict();
  expect(findings).toEqual([]);
  expect(Object.keys(actions).length).toBeGreaterThan(15);
  expect(await peers.leftInHome()).toEqual([]);
});
