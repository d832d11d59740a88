import path from 'node:path';
import type { Fault } from '../../local/aws/faults';
import type { Json } from '../../model/json';
import { call } from './stage/calls';
import { openService } from './stage/services';
import type { Peers } from './stage/peers';
import { CLUSTER, CRASH, openPeers, server, SET_UP_WITHIN_MS } from './stage/peers';

const SCRIPT = path.join(__dirname, 'boto3-scenarios.py');

let peers: Peers;
let images: string[];

beforeAll(async () => {
  peers = await openPeers();
  images = [await peers.push('api', 'one', server('one')), await peers.push('api', 'two', server('two'))];
  await call(peers.endpoint, 'ecs:CreateCluster', { clusterName: CLUSTER });
}, SET_UP_WITHIN_MS);
afterAll(() => peers.close());

/** What a script that uses boto3 answers. */
async function boto3(scenario: string, ...args: Json[]): Promise<unknown> {
  const { code, stdout, stderr } = await peers.run('python', ['-B', SCRIPT, scenario, JSON.stringify(args)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

const open = (name: string, desiredCount = 1) => openService(peers, { name, images: images.slice(0, 1), desiredCount });

it('knows who it is', async () => {
  expect(await boto3('identity')).toEqual({ Account: '000000000000', Arn: 'arn:aws:iam::000000000000:user/local' });
});

describe('its paginators', () => {
  it('turn the pages of task definitions', async () => {
    await openService(peers, { name: 'paged', images: Array.from({ length: 5 }, () => images[0]!), desiredCount: 0 });
    expect(await boto3('pages_of_task_definitions', 'paged', 2)).toEqual([
      ['paged:5', 'paged:4'],
      ['paged:3', 'paged:2'],
      ['paged:1'],
    ]);
  });

  it('turn the pages of tasks, and of service deployments', async () => {
    await open('many', 3);
    expect(await boto3('pages_of_tasks', 'many', 2)).toEqual([2, 1]);
    const again = { cluster: CLUSTER, service: 'many', forceNewDeployment: true };
    await call(peers.endpoint, 'ecs:UpdateService', again);
    await call(peers.endpoint, 'ecs:UpdateService', again);
    expect(await boto3('pages_of_service_deployments', 'many', 2)).toEqual([2, 1]);
  });

  it('find all images on one page', async () => {
    expect(await boto3('pages_of_images', 'api')).toEqual([expect.arrayContaining(['one', 'two'])]);
  });
});

describe('its waiter services_stable', () => {
  it('ends when the new revision alone runs, and times are times', async () => {
    const service = await open('rolled', 2);
    const two = await service.register(images[1]!);
    expect(await boto3('roll', 'rolled', two, 1)).toEqual({
      deployments: [['PRIMARY', 'COMPLETED']],
      taskDefinition: two,
      running: 2,
      createdAt: 'datetime',
    });
  });

  it('ends on the old revision when the new one was rolled back', async () => {
    const service = await open('crashed');
    const { taskDefinition } = await service.now();
    const three = await service.register(await peers.push('api', 'crash', CRASH));
    expect(await boto3('roll', 'crashed', three, 1)).toMatchObject({
      deployments: [['PRIMARY', 'COMPLETED']],
      taskDefinition,
    });
  });

  it('fails for a service that is not there', async () => {
    expect(await boto3('wait_in_vain', 'nobody')).toContain('Waiter encountered a terminal failure state');
  });
});

it('its error classes catch what is answered', async () => {
  expect(await boto3('errors')).toEqual([
    'ClusterNotFoundException 400',
    'ServiceNotFoundException 400',
    'ClientException 400',
    'InvalidParameterException 400',
    'ServiceDeploymentNotFoundException 400',
    'RepositoryNotFoundException 400',
    'ImageNotFoundException 400',
    'RepositoryAlreadyExistsException 400',
    'ResourceNotFoundException 400',
  ]);
});

it('what is not there is a failure, and no error', async () => {
  const arn = 'arn:aws:ecs:eu-west-1:000000000000';
  expect(await boto3('failures')).toEqual([
    [{ arn: `${arn}:service/${CLUSTER}/nobody`, reason: 'MISSING' }],
    [{ arn: `${arn}:cluster/none`, reason: 'MISSING' }],
    [{ arn: `${arn}:task/${CLUSTER}/none`, reason: 'MISSING' }],
  ]);
});

describe('its retries', () => {
  const CALLS: [service: string, action: string, python: string, input: Json][] = [
    ['ecs', 'DescribeClusters', 'describe_clusters', { clusters: [CLUSTER] }],
    ['ecr', 'DescribeRepositories', 'describe_repositories', {}],
    ['sts', 'GetCallerIdentity', 'get_caller_identity', {}],
  ];
  const fail = (action: string, kind: Exclude<Fault['kind'], 'slow'>, times: number) =>
    peers.aws.faults.add({ action, kind, times });
  afterEach(() => peers.aws.faults.clear());

  it.each(['legacy', 'standard', 'adaptive'])('in the mode %s try again what is throttled', async (mode) => {
    for (const [service, action, python, input] of mode === 'standard' ? CALLS : CALLS.slice(0, 1)) {
      fail(`${service}:${action}`, 'throttle', 2);
      expect({ action, end: await boto3('retried', mode, 3, service, python, input) }).toEqual({
        action,
        end: { retries: 2 },
      });
    }
  });

  it.each(['error', 'reset', 'lose-answer'] as const)('outlast the fault `%s`', async (kind) => {
    for (const [service, action, python, input] of CALLS) {
      fail(`${service}:${action}`, kind, 2);
      expect({ action, end: await boto3('retried', 'standard', 3, service, python, input) }).toEqual({
        action,
        end: { retries: 2 },
      });
    }
  });

  it('give up with the code of the error when it does not end, and at once when access is denied', async () => {
    fail('ecs:DescribeClusters', 'throttle', 9);
    const [service, , python, input] = CALLS[0]!;
    expect(await boto3('retried', 'standard', 2, service, python, input)).toEqual({
      code: 'ThrottlingException',
      retries: 1,
    });
    peers.aws.faults.clear();
    fail('ecs:DescribeClusters', 'deny', 9);
    expect(await boto3('retried', 'standard', 3, service, python, input)).toEqual({
      code: 'AccessDeniedException',
      retries: 0,
    });
  });
});

it("all that it sent and was answered fits botocore's model, and it kept nothing", async () => {
  const { findings, actions } = await peers.verdict();
  expect(findings).toEqual([]);
  expect(Object.keys(actions).length).toBeGreaterThan(10);
  expect(await peers.leftInHome()).toEqual([]);
});
