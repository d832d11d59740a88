import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createAwsClients } from '../../../activities/aws/clients';
import type { AwsClients } from '../../../activities/aws/clients';
import { assertTemporaryCredentials } from '../../../activities/aws/credentials';
import { asTypedError } from '../../../activities/aws/errors';

const calls: ((clients: AwsClients) => Promise<unknown>)[] = [
  (clients) => clients.ecs('eu-west-1').send(new DescribeServicesCommand({ services: ['api'] })),
  (clients) => clients.ecr('eu-west-1').send(new DescribeImagesCommand({ repositoryName: 'api' })),
  (clients) => clients.logs('eu-west-1').send(new DescribeLogGroupsCommand({})),
  (clients) => clients.sts('eu-west-1').send(new GetCallerIdentityCommand({})),
];

describe('AWS clients', () => {
  const before = { ...process.env };
  let server: Server;
  let endpoint: string;
  let requests: { target: string; authorization: string }[] = [];
  let answers: { status: number; body: string }[] = [];

  beforeEach(async () => {
    requests = [];
    answers = [];
    const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
    process.env = {
      ...Object.fromEntries(foreign),
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    server = createServer((request, response) => {
      requests.push({
        target: String(request.headers['x-amz-target']),
        authorization: String(request.headers.authorization),
      });
      const { status, body } = answers.shift() ?? { status: 200, body: '{}' };
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });

  afterEach(async () => {
    process.env = { ...before };
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const give = (accessKeyId: string) =>
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'secret' });

  it.each(calls)('refuse a long-lived key for a real endpoint before anything is sent (%#)', async (call) => {
    give('AKIAIOSFODNN7EXAMPLE');
    const clients = createAwsClients({ endpoint: 'https://ecs.invalid' });
    await expect(call(clients)).rejects.toMatchObject({
      name: 'CredentialsRefused',
      message: expect.stringContaining('long-lived') as string,
    });
    clients.destroy();
  });

  it.each(calls)('say in one sentence that there are no credentials (%#)', async (call) => {
    const clients = createAwsClients({ endpoint });
    await expect(call(clients)).rejects.toMatchObject({
      name: 'CredentialsMissing',
      message: expect.stringContaining('No AWS credentials were found') as string,
    });
    expect(requests).toEqual([]);
    clients.destroy();
  });

  it('take a long-lived key on a loopback endpoint, here given by AWS_ENDPOINT_URL', async () => {
    give('AKIAIOSFODNN7EXAMPLE');
    process.env['AWS_ENDPOINT_URL'] = endpoint;
    const clients = createAwsClients();
    await clients.ecs('eu-west-1').send(new DescribeServicesCommand({ services: ['api'] }));
    expect(requests[0]?.target).toBe('AmazonEC2ContainerServiceV20141113.DescribeServices');
    expect(requests[0]?.authorization).toMatch(/Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/eu-west-1\/ecs\//);
    clients.destroy();
  });

  it('ask again after a throttle', async () => {
    give('ASIAEXAMPLE');
    answers = [{ status: 400, body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' }];
    const clients = createAwsClients({ endpoint });
    await clients.ecs('eu-west-1').send(new DescribeServicesCommand({ services: ['api'] }));
    expect(requests).toHaveLength(2);
    clients.destroy();
  });

  it('are the same client for the same region, so that they share one rate limit', () => {
    const clients = createAwsClients({ endpoint });
    expect(clients.ecs('eu-west-1')).toBe(clients.ecs('eu-west-1'));
    expect(clients.ecs('eu-west-1')).not.toBe(clients.ecs('us-east-1'));
    clients.destroy();
  });

  it('name the failure of a refused call', async () => {
    give('ASIAEXAMPLE');
    answers = [
      { status: 400, body: '{"__type":"ClusterNotFoundException","message":"Cluster not found."}' },
      { status: 400, body: '{"__type":"AccessDeniedException","message":"User is not authorized"}' },
      { status: 400, body: '{"__type":"UnrecognizedClientException","message":"The token is invalid"}' },
      { status: 400, body: '{"__type":"InvalidParameterException","message":"Too many services"}' },
    ];
    const clients = createAwsClients({ endpoint });
    const what = 'ecs:DescribeServices of service api in cluster production';
    const ask = async () => {
      const error: unknown = await clients
        .ecs('eu-west-1')
        .send(new DescribeServicesCommand({ services: ['api'] }))
        .catch((caught: unknown) => caught);
      const { type, message } = asTypedError(error, what);
      return `${type}: ${message}`;
    };
    expect(await ask()).toBe(`TargetMissing: AWS knows no such thing in ${what}: Cluster not found.`);
    expect(await ask()).toBe(`AccessDenied: AWS does not allow ${what}: User is not authorized.`);
    expect(await ask()).toBe(
      `CredentialsMissing: AWS did not accept this worker's credentials for ${what}: The token is invalid.`,
    );
    expect(await ask()).toBe(`TargetUnsuitable: AWS refused ${what}: Too many services.`);
    clients.destroy();
  });
});

describe('asTypedError', () => {
  it.each([
    ['a refused connection', 'Unavailable', { code: 'ECONNREFUSED' }],
    ['a connection that fetch lost', 'Unavailable', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }],
    ['a time-out', 'Unavailable', { name: 'TimeoutError' }],
    ['a fault of the service', 'Unavailable', { name: 'ServerException', $metadata: { httpStatusCode: 500 } }],
    ['an unknown fault', 'Unavailable', { name: 'Unknown', $metadata: { httpStatusCode: 503 } }],
    ['a throttle', 'Unavailable', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }],
    ['expired credentials', 'CredentialsMissing', { name: 'ExpiredTokenException', $metadata: {} }],
    ['no permission', 'AccessDenied', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }],
  ])('calls %s %s', (_, type, properties) => {
    const error = Object.assign(new Error('as the SDK says it'), properties);
    expect(asTypedError(error, 'x')).toMatchObject({ type, cause: error });
  });

  it('leaves bugs and cancellations alone', () => {
    const bug = new TypeError('x is undefined');
    expect(() => asTypedError(bug, 'x')).toThrow(bug);
    const cancelled = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(() => asTypedError(cancelled, 'x')).toThrow(cancelled);
  });
});

it.each(['localhost', '127.0.0.1', '127.8.0.1', '[::1]', 'ecs.localhost'])('%s is this machine', (host) => {
  expect(() => assertTemporaryCredentials('AKIAEXAMPLE', host)).not.toThrow();
});

it.each(['localhost.example.com', '127.0.0.1.nip.io', '10.0.0.1', ''])('"%s" is not this machine', (host) => {
  expect(() => assertTemporaryCredentials('AKIAEXAMPLE', host)).toThrow('long-lived');
});
