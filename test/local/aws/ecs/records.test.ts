import type { JsonObject } from '../../../../local/aws/contract';
import { containerOf, startEcs } from './harness';
import type { Harness } from './harness';

let harness: Harness;

beforeAll(async () => {
  harness = await startEcs();
});
afterAll(() => harness.close());

function withCode(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

describe('a task definition', () => {
  it('keeps every field that it was sent, known or not, at every level', async () => {
    const sent = {
      family: 'future',
      brandNew: { knob: [1, { deep: true }] },
      containerDefinitions: [
        { ...containerOf('one'), futureKnob: 'on', portMappings: [{ containerPort: 1, newThing: null }] },
      ],
    };
    const { taskDefinition } = await harness.call('RegisterTaskDefinition', {
      ...sent,
      tags: [{ key: 'a', value: 'b' }],
    });
    const arn = 'arn:aws:ecs:eu-west-1:000000000000:task-definition/future:1';
    expect(taskDefinition).toMatchObject({ ...sent, taskDefinitionArn: arn, revision: 1, status: 'ACTIVE' });
    const described = await harness.call('DescribeTaskDefinition', { taskDefinition: 'future', include: ['TAGS'] });
    expect(described).toMatchObject({ taskDefinition: sent, tags: [{ key: 'a', value: 'b' }] });
    expect(described['taskDefinition']).not.toHaveProperty('tags');
    expect(described['taskDefinition']).toMatchObject({
      requiresAttributes: expect.any(Array) as unknown[],
      compatibilities: ['EC2'],
      registeredAt: expect.any(Number) as number,
      registeredBy: expect.stringContaining('arn:aws:iam::') as string,
    });
  });

  it('is found by family, revision and ARN; INACTIVE by the latter two only', async () => {
    const register = () =>
      harness.call('RegisterTaskDefinition', { family: 'found', containerDefinitions: [containerOf('one')] });
    await register();
    await register();
    const revisionOf = async (taskDefinition: string) => {
      const answer = await harness.call('DescribeTaskDefinition', { taskDefinition });
      return (answer['taskDefinition'] as JsonObject)['revision'];
    };
    expect(await revisionOf('found')).toBe(2);
    await harness.call('DeregisterTaskDefinition', { taskDefinition: 'found:2' });
    expect(await revisionOf('found')).toBe(1);
    expect(await revisionOf('arn:aws:ecs:eu-west-1:000000000000:task-definition/found:2')).toBe(2);
    const service = { cluster: 'production', serviceName: 'x', taskDefinition: 'found:2' };
    await expect(harness.call('CreateService', service)).rejects.toThrow('TaskDefinition is inactive.');
    await expect(revisionOf('found:3')).rejects.toThrow(withCode('ClientException'));
  });

  it('is listed by family and status, in either order, page by page', async () => {
    for (let revision = 1; revision <= 3; revision += 1) {
      await harness.call('RegisterTaskDefinition', { family: 'listed', containerDefinitions: [containerOf('one')] });
    }
    const request = { familyPrefix: 'listed', sort: 'DESC', maxResults: 2 };
    const first = await harness.call('ListTaskDefinitions', request);
    const second = await harness.call('ListTaskDefinitions', { ...request, nextToken: first['nextToken']! });
    const arns = [...(first['taskDefinitionArns'] as string[]), ...(second['taskDefinitionArns'] as string[])];
    expect(arns.map((arn) => arn.split(':').at(-1))).toEqual(['3', '2', '1']);
    expect(second).not.toHaveProperty('nextToken');
    await expect(harness.call('ListTaskDefinitions', { nextToken: 'nonsense' })).rejects.toThrow('nextToken');
  });

  const one = containerOf('one');
  it.each<[string, JsonObject]>([
    ['no containers', { containerDefinitions: [] }],
    ['a bad family', { family: 'a b' }],
    ['two containers of one name', { containerDefinitions: [one, one] }],
    ['no image', { containerDefinitions: [{ name: 'app', memory: 1 }] }],
  ])('with %s is refused', async (_what, bad) => {
    const input = { family: 'bad', containerDefinitions: [one], ...bad };
    await expect(harness.call('RegisterTaskDefinition', input)).rejects.toThrow(withCode('ClientException'));
  });
});

describe('tags', () => {
  it('are added and replaced on task definitions, services and clusters', async () => {
    await harness.register('one');
    const { service } = await harness.call('CreateService', {
      cluster: 'production',
      serviceName: 'tagged',
      taskDefinition: 'api',
      desiredCount: 0,
      tags: [{ key: 'team', value: 'a' }],
    });
    const arns = [
      'arn:aws:ecs:eu-west-1:000000000000:task-definition/api:1',
      'arn:aws:ecs:eu-west-1:000000000000:cluster/production',
      (service as JsonObject)['serviceArn'] as string,
    ];
    for (const resourceArn of arns) {
      await harness.call('TagResource', {
        resourceArn,
        tags: [
          { key: 'team', value: 'b' },
          { key: 'x', value: 'y' },
        ],
      });
      const { tags } = await harness.call('ListTagsForResource', { resourceArn });
      expect(tags).toEqual([
        { key: 'team', value: 'b' },
        { key: 'x', value: 'y' },
      ]);
    }
    const missing = { resourceArn: `${arns[0]!}99`, tags: [] };
    await expect(harness.call('TagResource', missing)).rejects.toThrow(withCode('InvalidParameterException'));
  });
});

describe('clusters and services', () => {
  it('answer with AWS’s errors for what is not there, or cannot be', async () => {
    const taskDefinition = await harness.register('one');
    const service = { cluster: 'production', serviceName: 'x', taskDefinition };
    const balancer = { targetGroupArn: 'arn:none', containerName: 'app', containerPort: 8080 };
    const failures: [string, JsonObject, string][] = [
      ['DescribeServices', { cluster: 'none', services: ['a'] }, 'ClusterNotFoundException'],
      ['UpdateService', { cluster: 'production', service: 'none' }, 'ServiceNotFoundException'],
      ['ListServiceDeployments', { cluster: 'production', service: 'none' }, 'ServiceNotFoundException'],
      ['CreateService', { ...service, taskDefinition: 'none:1' }, 'ClientException'],
      ['CreateService', { ...service, deploymentController: { type: 'CODE_DEPLOY' } }, 'UnsupportedFeatureException'],
      ['CreateService', { ...service, loadBalancers: [balancer] }, 'InvalidParameterException'],
      ['CreateService', { ...service, deploymentConfiguration: { maximumPercent: '1' } }, 'InvalidParameterException'],
      [
        'DescribeServices',
        { cluster: 'production', services: Array(11).fill('a') as string[] },
        'InvalidParameterException',
      ],
      [
        'DescribeTasks',
        { cluster: 'production', tasks: Array(101).fill('a') as string[] },
        'InvalidParameterException',
      ],
    ];
    for (const [action, input, code] of failures)
      await expect(harness.call(action, input)).rejects.toThrow(withCode(code));
    expect(await harness.call('DescribeServices', { cluster: 'production', services: ['none'] })).toEqual({
      services: [],
      failures: [{ arn: 'arn:aws:ecs:eu-west-1:000000000000:service/production/none', reason: 'MISSING' }],
    });
    expect(await harness.call('DescribeClusters', { clusters: ['none'] })).toMatchObject({
      failures: [{ reason: 'MISSING' }],
    });
  });

  it('show the parts of a service’s revision where AWS does: by the service or by its deployments', async () => {
    await harness.register('one');
    const ofService = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } };
    const ofDeployment = { serviceConnectConfiguration: { enabled: false }, volumeConfigurations: [] };
    const { service } = await harness.call('CreateService', {
      ...{ cluster: 'production', serviceName: 'parts', taskDefinition: 'api', desiredCount: 0, role: 'balancer' },
      ...ofService,
      ...ofDeployment,
      monitoring: {},
    });
    expect(service).toMatchObject({ ...ofService, deployments: [ofDeployment] });
    expect(service).not.toHaveProperty('deployments[0].networkConfiguration');
    for (const member of [...Object.keys(ofDeployment), 'monitoring', 'role'])
      expect(service).not.toHaveProperty(member);
    const { serviceDeployments } = await harness.call('ListServiceDeployments', {
      ...{ cluster: 'production', service: 'parts' },
    });
    const [brief] = serviceDeployments as JsonObject[];
    const { serviceRevisions } = await harness.call('DescribeServiceRevisions', {
      serviceRevisionArns: [brief!['targetServiceRevisionArn']!],
    });
    expect(serviceRevisions).toMatchObject([{ ...ofService, ...ofDeployment, monitoring: {} }]);
  });

  it('make a service once', async () => {
    const taskDefinition = await harness.register('one');
    const request = { cluster: 'production', serviceName: 'once', taskDefinition, desiredCount: 0 };
    await harness.call('CreateService', request);
    await expect(harness.call('CreateService', request)).rejects.toThrow('not idempotent');
  });

  it('take the port of a load balancer once, and say so', async () => {
    const { port } = await harness.ecs.createTargetGroup({ name: 'a' });
    await expect(harness.ecs.createTargetGroup({ name: 'b', port })).rejects.toThrow(
      `127.0.0.1:${port}: the port is in use`,
    );
  });
});
