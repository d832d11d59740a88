import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { createAwsClients } from '../../../activities/aws/clients';
import type { AwsClients } from '../../../activities/aws/clients';
import { assumedRole } from '../../../activities/aws/assumed-role';
import { asTypedError } from '../../../activities/aws/errors';
import { sessionName } from '../../../activities/aws/identity';

const IDENTITY = { role: 'arn:aws:iam::111111111111:role/deployer', session: 'run-1-production' };
const REGION = 'eu-west-1';
const HOUR_MS = 3_600_000;

interface Seen {
  action: string;
  key: string;
  parameters: Record<string, string>;
}

/** An AWS that answers AssumeRole, and everything else with `{}` or what a test wants next. */
let server: Server;
let endpoint: string;
let seen: Seen[];
let refusals: { action: RegExp; status: number; code: string }[];
let sessions: number;
let clients: AwsClients;
const before = { ...process.env };

beforeEach(async () => {
  [seen, refusals, sessions] = [[], [], 0];
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  process.env = {
    ...Object.fromEntries(foreign),
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: 'ASIAOWN',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const parameters = Object.fromEntries(new URLSearchParams(body));
      const target = request.headers['x-amz-target'];
      const action = typeof target === 'string' ? (target.split('.')[1] ?? '') : (parameters['Action'] ?? '');
      const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      seen.push({ action, key, parameters });
      const refusal = refusals.find((one) => one.action.test(action));
      if (refusal !== undefined) {
        refusals = refusals.filter((one) => one !== refusal);
        response.writeHead(refusal.status, { 'content-type': 'application/x-amz-json-1.1' });
        const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>no</Message></Error></ErrorResponse>`;
        response.end(action === 'AssumeRole' ? xml : JSON.stringify({ __type: refusal.code, message: 'no' }));
        return;
      }
      if (action !== 'AssumeRole') {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
        return;
      }
      sessions += 1;
      response.writeHead(200, { 'content-type': 'text/xml' }).end(session(sessions));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  clients = createAwsClients({ endpoint });
});

afterEach(async () => {
  process.env = { ...before };
  clients.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function session(number: number): string {
  const expiration = new Date(Date.now() + HOUR_MS).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIASESSION${number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

const describeServices = (identity = IDENTITY) =>
  clients
    .as(identity)
    .ecs(REGION)
    .send(new DescribeServicesCommand({ services: ['api'] }));
const describeOwn = () => clients.ecs(REGION).send(new DescribeServicesCommand({ services: ['api'] }));
const log = () => seen.map(({ action, key }) => `${action} ${key}`);

describe('clients of a role', () => {
  it('assume it with the own identity, in the name of the release, for an hour', async () => {
    await describeServices();
    expect(seen[0]).toMatchObject({
      action: 'AssumeRole',
      key: 'ASIAOWN',
      parameters: { RoleArn: IDENTITY.role, RoleSessionName: IDENTITY.session, DurationSeconds: '3600' },
    });
    expect(log()).toEqual(['AssumeRole ASIAOWN', 'DescribeServices ASIASESSION1']);
  });

  it('share one session among services and calls of a release, and not with another', async () => {
    await Promise.all([describeServices(), describeServices()]);
    await clients
      .as({ ...IDENTITY })
      .ecr(REGION)
      .send(new DescribeImagesCommand({ repositoryName: 'shop' }));
    expect(sessions).toBe(1);
    await describeServices({ ...IDENTITY, session: 'run-2-production' });
    expect(sessions).toBe(2);
    expect(clients.as(IDENTITY).ecs(REGION)).toBe(clients.as({ ...IDENTITY }).ecs(REGION));
  });

  it('get a new session before the old one ends', async () => {
    let now = Date.now();
    const credentials = assumedRole(clients.sts(REGION), IDENTITY, () => now);
    const key = async () => (await credentials()).accessKeyId;
    expect([await key(), await key()]).toEqual(['ASIASESSION1', 'ASIASESSION1']);
    now += HOUR_MS - 6 * 60_000;
    expect(await key()).toBe('ASIASESSION1');
    now += 2 * 60_000;
    expect(await Promise.all([key(), key()])).toEqual(['ASIASESSION2', 'ASIASESSION2']);
  });

  it('get a new session, and ask again with it, when AWS calls theirs expired', async () => {
    await describeServices();
    refusals = [{ action: /Describe/, status: 400, code: 'ExpiredTokenException' }];
    await describeServices();
    expect(log().slice(2)).toEqual([
      'DescribeServices ASIASESSION1',
      'AssumeRole ASIAOWN',
      'DescribeServices ASIASESSION2',
    ]);
  });

  it('say which role could not be assumed', async () => {
    refusals = [{ action: /AssumeRole/, status: 403, code: 'AccessDenied' }];
    await expect(describeServices()).rejects.toMatchObject({
      type: 'AccessDenied',
      message: `AWS does not allow sts:AssumeRole of ${IDENTITY.role}: no.`,
    });
    // Nothing of a failure is kept.
    await describeServices();
  });
});

describe('credentials that have expired', () => {
  const expire = (times: number) => {
    refusals = Array.from({ length: times }, () => ({ action: /./, status: 400, code: 'ExpiredTokenException' }));
  };
  const typeOf = async (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'answered',
      (error: unknown) => asTypedError(error, 'x').type,
    );

  it('are missing for a client that never had an answer', async () => {
    expire(2);
    expect(await typeOf(describeOwn())).toBe('CredentialsMissing');
    expect(seen).toHaveLength(2);
  });

  it('are trouble that may pass for one that had: somebody may renew them in mid-rollout', async () => {
    await describeOwn();
    expire(2);
    expect(await typeOf(describeOwn())).toBe('Unavailable');
    process.env['AWS_ACCESS_KEY_ID'] = 'ASIANEW';
    expire(1);
    expect(await typeOf(describeOwn())).toBe('answered');
    expect(seen.at(-1)?.key).toBe('ASIANEW');
  });

  it('are also trouble that may pass where they cannot even be looked up any more', async () => {
    await describeOwn();
    delete process.env['AWS_ACCESS_KEY_ID'];
    expire(1);
    expect(await typeOf(describeOwn())).toBe('Unavailable');
  });

  it('have an end that is known beforehand only where they stand in the environment', async () => {
    expect(await clients.expiry(REGION)).toBeUndefined();
    const end = '2026-11-23T12:00:00.000Z';
    process.env['AWS_CREDENTIAL_EXPIRATION'] = end;
    const others = createAwsClients({ endpoint });
    expect((await others.expiry(REGION))?.toISOString()).toBe(end);
    others.destroy();
  });
});

describe('the name of a session', () => {
  it.each([
    ['3f2c1a/production', '3f2c1a-production'],
    ['release:shop:ab', 'release-shop-ab'],
    ['kept_+=,.@-', 'kept_+=,.@-'],
    ['ä ö', '---'],
    ['x', 'sluicex'],
    ['', 'sluice'],
    ['y'.repeat(80), 'y'.repeat(64)],
  ])('of `%s` is `%s`', (text, name) => {
    expect(sessionName(text)).toBe(name);
    expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});
