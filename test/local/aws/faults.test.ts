import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createFaults } from '../../../local/aws/faults';
import type { Fault } from '../../../local/aws/faults';
import { openHarness } from './harness';
import type { Harness } from './harness';
import { errorOf, repositoryOf, simpleImage } from './images';

describe('a fault switch', () => {
  it.each<[string, string, string, boolean]>([
    ['UpdateService', 'ecs', 'UpdateService', true],
    ['ecs:UpdateService', 'ecs', 'UpdateService', true],
    ['ecr:UpdateService', 'ecs', 'UpdateService', false],
    ['registry:PUT manifest', 'registry', 'PUT manifest', true],
    ['registry:PUT', 'registry', 'PUT manifest', true],
    ['registry:PUT blob', 'registry', 'PUT manifest', false],
    ['Update', 'ecs', 'UpdateService', false],
  ])('%s meets %s %s: %s', (wanted, service, action, met) => {
    const faults = createFaults();
    faults.add({ action: wanted, kind: 'error' });
    expect(faults.take(service, action) !== undefined).toBe(met);
  });

  it('lets `skip` calls pass and then hits `times` calls', () => {
    const faults = createFaults();
    faults.add({ action: 'A', kind: 'error', skip: 1, times: 2 });
    const hits = [1, 2, 3, 4].map(() => faults.take('ecs', 'A')?.kind);
    expect(hits).toEqual([undefined, 'error', 'error', undefined]);
  });

  it('is used up one after the other, and can be cleared', () => {
    const faults = createFaults();
    faults.add({ action: 'A', kind: 'throttle' });
    faults.add({ action: 'ecs:A', kind: 'deny', times: 5 });
    expect([faults.take('ecs', 'A')?.kind, faults.take('ecs', 'A')?.kind]).toEqual(['throttle', 'deny']);
    faults.clear();
    expect(faults.take('ecs', 'A')).toBeUndefined();
  });
});

describe('what a client sees', () => {
  let local: Harness;
  beforeAll(async () => {
    local = await openHarness();
  });
  afterAll(() => local.close());
  afterEach(() => local.core.faults.clear());

  const describeRepositories = () => local.ecr.send(new DescribeRepositoriesCommand({}));

  it.each<[Fault['kind'], object]>([
    ['throttle', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }],
    ['error', { name: 'ServerException', $metadata: { httpStatusCode: 500 } }],
    ['deny', { name: 'AccessDeniedException', message: 'User is not authorized to perform: ecr:DescribeRepositories' }],
    ['expire', { name: 'ExpiredTokenException', $metadata: { httpStatusCode: 400 } }],
    ['reset', { message: expect.stringContaining('ECONNRESET') as string }],
    ['lose-answer', { message: expect.stringContaining('ECONNRESET') as string }],
  ])('of %s, once', async (kind, error) => {
    local.core.faults.add({ action: 'DescribeRepositories', kind } as Fault);
    await expect(describeRepositories()).rejects.toMatchObject(error);
    expect(local.core.calls().at(-1)).toMatchObject({ action: 'DescribeRepositories', fault: kind });
    await expect(describeRepositories()).resolves.toBeDefined();
  });

  it('of slow: the answer, later', async () => {
    local.core.faults.add({ action: 'DescribeRepositories', kind: 'slow', ms: 120 });
    const before = Date.now();
    await describeRepositories();
    expect(Date.now() - before).toBeGreaterThanOrEqual(115);
  });

  it.each<['reset' | 'lose-answer', boolean]>([
    ['reset', false],
    ['lose-answer', true],
  ])('after %s the effect has happened: %s', async (kind, happened) => {
    const create = new CreateRepositoryCommand({ repositoryName: `after/${kind}` });
    local.core.faults.add({ action: 'CreateRepository', kind });
    await expect(local.ecr.send(create)).rejects.toThrow('ECONNRESET');
    const { repositories } = await describeRepositories();
    expect(repositories?.some(({ repositoryName }) => repositoryName === `after/${kind}`)).toBe(happened);
  });

  it.each<['throttle' | 'error' | 'deny' | 'expire', string]>([
    ['throttle', 'Throttling'],
    ['error', 'InternalFailure'],
    ['deny', 'AccessDenied'],
    ['expire', 'ExpiredToken'],
  ])('of %s at STS', async (kind, name) => {
    local.core.faults.add({ action: 'sts:GetCallerIdentity', kind });
    await expect(local.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name });
  });

  it('of error at CloudWatch Logs, which has another one than ECR and ECS', async () => {
    local.core.faults.add({ action: 'logs:GetLogEvents', kind: 'error' });
    const read = new GetLogEventsCommand({ logGroupName: 'any', logStreamName: 'any' });
    await expect(local.logs.send(read)).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 500 },
    });
  });

  it('at the registry: its own errors, or the effect without the answer', async () => {
    const repository = await repositoryOf(local, 'faults/registry');
    const image = await simpleImage();
    await repository.push(image);
    for (const kind of ['throttle', 'error', 'deny'] as const)
      local.core.faults.add({ action: 'registry:PUT manifest', kind });
    const errors = [];
    for (let i = 0; i < 4; i++) errors.push(await errorOf(await repository.putManifest('v1', image.manifest)));
    expect(errors).toEqual(['TOOMANYREQUESTS', 'UNKNOWN', 'DENIED', 201]);

    local.core.faults.add({ action: 'registry:PUT manifest', kind: 'lose-answer' });
    await expect(repository.putManifest('v2', image.manifest)).rejects.toThrow('fetch failed');
    expect((await repository.request('HEAD', 'manifests/v2')).status).toBe(200);
  });

  it('is not used up by a request without authentication', async () => {
    local.core.faults.add({ action: 'registry:GET ping', kind: 'error' });
    expect((await fetch(`${local.core.endpoint}/v2/`)).status).toBe(401);
    const repository = await repositoryOf(local, 'faults/ping');
    expect((await repository.request('GET', '/v2/')).status).toBe(500);
  });

  it('does not keep the server from closing', async () => {
    const other = await openHarness();
    other.core.faults.add({ action: 'GetCallerIdentity', kind: 'slow', ms: 600_000 });
    const call = other.sts.send(new GetCallerIdentityCommand({}));
    const ended = expect(call).rejects.toThrow();
    await other.close();
    await ended;
  });
});
