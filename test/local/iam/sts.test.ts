import { DescribeLogGroupsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { DescribeTaskDefinitionCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import type { IamAccount, Keys } from './account';
import { answerTo, openIamAccount } from './account';
import type { Claims, Issuer } from './issuer';
import { GITHUB, openIssuer } from './issuer';
import { ACCOUNT, allow, deny, policy, trust } from './policies';

const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const USER = `arn:aws:iam::${ACCOUNT}:user/worker`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const KEY = 'token.actions.githubusercontent.com';
const SUB = 'repo:acme@11/shop@22:ref:refs/heads/main';
const CLAIMS: Claims = {
  aud: 'sts.amazonaws.com',
  sub: SUB,
  ref: 'refs/heads/main',
  repository_id: '22',
  event_name: 'push',
};

const webTrust = (condition: object) =>
  trust(
    { Federated: PROVIDER },
    { StringEquals: { [`${KEY}:aud`]: 'sts.amazonaws.com', ...condition } },
    'sts:AssumeRoleWithWebIdentity',
  );
const tasks = { tasks: policy(allow('ecs:ListTasks')) };

let account: IamAccount;
let issuer: Issuer;

beforeAll(async () => {
  issuer = await openIssuer();
  account = await openIamAccount({
    keys: {
      worker: { user: 'worker' },
      allowed: { user: 'allowed', policies: { own: policy(allow('sts:AssumeRole', arnOf('of-account'))) } },
      barred: { user: 'barred', policies: { own: policy(deny('sts:AssumeRole')) } },
    },
    providers: [{ url: GITHUB, audiences: ['sts.amazonaws.com'], playedBy: issuer.url }],
    roles: [
      {
        name: 'by-name',
        trust: trust({ AWS: [USER, `arn:aws:iam::${ACCOUNT}:user/barred`] }),
        policies: tasks,
        maxSessionSeconds: 7200,
      },
      { name: 'of-account', trust: trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), policies: tasks },
      { name: 'chained', trust: trust({ AWS: arnOf('by-name') }), policies: {}, maxSessionSeconds: 43_200 },
      {
        name: 'named',
        trust: trust({ AWS: '*' }, { StringLike: { 'sts:RoleSessionName': 'release-*' } }),
        policies: {},
      },
      { name: 'external', trust: trust({ AWS: USER }, { StringEquals: { 'sts:ExternalId': 'x' } }), policies: {} },
      { name: 'github', trust: webTrust({ [`${KEY}:sub`]: SUB }), policies: tasks },
      { name: 'by-event', trust: webTrust({ [`${KEY}:event_name`]: 'push' }), policies: tasks },
    ],
  });
});
afterAll(async () => {
  await account.close();
  await issuer.close();
});

async function assume(who: string | Keys, role: string, more: Partial<AssumeRoleCommandInput> = {}): Promise<Keys> {
  const input = { RoleArn: arnOf(role), RoleSessionName: 'release-1', ...more };
  const { Credentials } = await account.as(who).sts.send(new AssumeRoleCommand(input));
  return keysOf(Credentials!);
}

function keysOf(credentials: {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
}): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

describe('AssumeRole', () => {
  const denied = (user: string, role: string): string =>
    `AccessDenied: User: arn:aws:iam::${ACCOUNT}:${user} is not authorized to perform: sts:AssumeRole on resource: ${arnOf(role)}`;

  it.each<[string, string, string, string]>([
    ['whom the trust policy names', 'worker', 'by-name', 'allowed'],
    ['somebody else', 'allowed', 'by-name', denied('user/allowed', 'by-name')],
    ['whom a policy of their own bars', 'barred', 'by-name', denied('user/barred', 'by-name')],
    ['who has leave, where the account is trusted', 'allowed', 'of-account', 'allowed'],
    ['who has no leave, where the account is trusted', 'worker', 'of-account', denied('user/worker', 'of-account')],
    ['root', 'person', 'named', denied('root', 'named')],
    ['who does not know the external id', 'worker', 'external', denied('user/worker', 'external')],
    ['anybody, a role that does not exist', 'worker', 'none', denied('user/worker', 'none')],
  ])('answers %s', async (_what, key, role, expected) => {
    expect(await answerTo(assume(key, role))).toBe(expected);
  });

  it('asks a trust policy about the session name and the external id', async () => {
    expect(await answerTo(assume('worker', 'named', { RoleSessionName: 'other' }))).toMatch(/^AccessDenied: /);
    expect(await answerTo(assume('worker', 'named'))).toBe('allowed');
    expect(await answerTo(assume('worker', 'external', { ExternalId: 'x' }))).toBe('allowed');
  });

  it.each<[string, Partial<AssumeRoleCommandInput>, RegExp]>([
    ['a session name with a colon', { RoleSessionName: 'release:1' }, /^ValidationError: .*roleSessionName/],
    ['a session name of 65 characters', { RoleSessionName: 'r'.repeat(65) }, /^ValidationError: .*roleSessionName/],
    ['less than 15 minutes', { DurationSeconds: 899 }, /^ValidationError: .*durationSeconds/],
    ['longer than the role allows', { DurationSeconds: 7201 }, /exceeds the MaxSessionDuration set for this role/],
    ['a session policy that is none', { Policy: '{}' }, /^MalformedPolicyDocument(Exception)?: the session policy: /],
    [
      'session tags, which are not known here',
      { Tags: [{ Key: 'a', Value: 'b' }] },
      /^ValidationError: .*does not know Tags/,
    ],
  ])('refuses %s', async (_what, more, message) => {
    expect(await answerTo(assume('worker', 'by-name', more))).toMatch(message);
  });

  it('lets a session open another one, for an hour at most', async () => {
    const first = await assume('worker', 'by-name', { DurationSeconds: 7200 });
    expect(await answerTo(assume(first, 'chained', { DurationSeconds: 3601 }))).toMatch(
      /1 hour session limit for roles assumed by role chaining/,
    );
    const second = await assume(first, 'chained', { DurationSeconds: 3600 });
    const { Arn } = await account.as(second).sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/chained/release-1`);
  });
});

describe('a session', () => {
  it('is who it says, and may do what its role may', async () => {
    const keys = await assume('worker', 'by-name');
    expect(keys.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    const { sts, ecs, ecr } = account.as(keys);
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/by-name/release-1`;
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn, Account: ACCOUNT });
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^ClusterNotFoundException/);
    expect(await answerTo(ecr.send(new DescribeRepositoriesCommand({})))).toContain(`User: ${arn} is not authorized`);
    expect(account.local.calls({ action: 'ListTasks' }).at(-1)).toMatchObject({ principal: arn });
  });

  it('may do no more than its session policy allows', async () => {
    const Policy = JSON.stringify(policy(allow('ecs:Describe*')));
    const { ecs } = account.as(await assume('worker', 'by-name', { Policy }));
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^AccessDeniedException.*ecs:ListTasks/);
    expect(await answerTo(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'a' })))).toMatch(
      /^AccessDenied.*ecs:Describe/,
    );
  });

  it('follows a role that is changed', async () => {
    account.local.putRole!({ name: 'changing', trust: trust('*'), policies: tasks });
    const { ecs } = account.as(await assume('worker', 'changing'));
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^ClusterNotFoundException/);
    account.local.putRole!({ name: 'changing', trust: trust('*'), policies: {} });
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^AccessDeniedException/);
  });

  it('is nobody without its token, or with that of another', async () => {
    const [keys, other] = [await assume('worker', 'by-name'), await assume('worker', 'by-name')];
    const { sessionToken, ...without } = keys;
    for (const wrong of [
      without,
      { ...keys, sessionToken: other.sessionToken! },
      { accessKeyId: 'worker', secretAccessKey: 'x', sessionToken: sessionToken! },
    ]) {
      const { ecs, sts } = account.as(wrong);
      expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^UnrecognizedClientException/);
      expect(await answerTo(sts.send(new GetCallerIdentityCommand({})))).toMatch(/^InvalidClientTokenId/);
    }
  });

  it('ends when its time is over, at every service', async () => {
    const { ecs, ecr, logs, sts } = account.as(await assume('worker', 'by-name', { DurationSeconds: 900 }));
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^ClusterNotFoundException/);
    account.advance(900_000);
    const message = 'The security token included in the request is expired';
    const events = new GetLogEventsCommand({ logGroupName: 'a', logStreamName: 'b' });
    const calls = [
      ecs.send(new ListTasksCommand({})),
      ecr.send(new DescribeRepositoriesCommand({})),
      logs.send(events),
    ];
    for (const call of calls) expect(await answerTo(call)).toBe(`ExpiredTokenException: ${message}`);
    expect(await answerTo(sts.send(new GetCallerIdentityCommand({})))).toBe(`ExpiredToken: ${message}`);
    expect(await answerTo(logs.send(new DescribeLogGroupsCommand({})))).toMatch(/^UnknownOperation/);
    account.advance(-900_000);
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const present = (token: string, role = 'github') => {
    const input = { RoleArn: arnOf(role), RoleSessionName: 'release-1', WebIdentityToken: token };
    return account.as('nobody').sts.send(new AssumeRoleWithWebIdentityCommand(input));
  };
  const seconds = Math.floor(Date.now() / 1000);

  it('opens a session for a token that the trust policy fits, from somebody without credentials', async () => {
    const answer = await present(issuer.token(CLAIMS));
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: SUB,
      Provider: PROVIDER,
      Audience: 'sts.amazonaws.com',
    });
    const { ecs, sts } = account.as(keysOf(answer.Credentials!));
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/github/release-1`);
    expect(await answerTo(ecs.send(new ListTasksCommand({})))).toMatch(/^ClusterNotFoundException/);
  });

  it('keeps the token out of the record', () => {
    const [call] = account.local.calls({ action: 'AssumeRoleWithWebIdentity' });
    expect(call?.request).toMatchObject({ WebIdentityToken: 'REDACTED' });
  });

  const INVALID = /^InvalidIdentityToken/;
  const DENIED = /^AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity$/;
  it.each<[string, () => string, RegExp]>([
    ['signed by another key', () => issuer.forged(CLAIMS), INVALID],
    ['not signed', () => issuer.token(CLAIMS, { alg: 'none' }).replace(/[^.]*$/, ''), INVALID],
    ['signed by another algorithm', () => issuer.token(CLAIMS, { alg: 'HS256' }), INVALID],
    [
      'whose claims were changed',
      () => swapClaims(issuer.token(CLAIMS), issuer.token({ ...CLAIMS, ref: 'x' })),
      INVALID,
    ],
    ['of a key that is not shown', () => issuer.token(CLAIMS, { kid: 'key-9' }), INVALID],
    ['of another issuer', () => issuer.token({ ...CLAIMS, iss: 'https://example.com' }), INVALID],
    ['for another audience', () => issuer.token({ ...CLAIMS, aud: 'https://github.com/acme' }), INVALID],
    ['without an audience', () => issuer.token({ ...CLAIMS, aud: undefined }), INVALID],
    ['that has expired', () => issuer.token({ ...CLAIMS, exp: seconds - 1 }), /^ExpiredTokenException: Token expired/],
    ['that never expires', () => issuer.token({ ...CLAIMS, exp: undefined }), INVALID],
    ['that is not valid yet', () => issuer.token({ ...CLAIMS, nbf: seconds + 600 }), INVALID],
    ['that is none', () => 'a.b', INVALID],
    ['of another branch', () => issuer.token({ ...CLAIMS, sub: SUB.replace('main', 'other') }), DENIED],
  ])('refuses a token %s', async (_what, token, message) => {
    expect(await answerTo(present(token()))).toMatch(message);
  });

  it('refuses a role that does not exist, or that trusts somebody else', async () => {
    for (const role of ['none', 'by-name']) expect(await answerTo(present(issuer.token(CLAIMS), role))).toMatch(DENIED);
  });

  it('knows no claim that STS does not offer to trust policies', async () => {
    expect(await answerTo(present(issuer.token(CLAIMS), 'by-event'))).toMatch(DENIED);
  });

  it('finds the key that a rotation brings', async () => {
    const before = issuer.token(CLAIMS);
    issuer.rotate();
    expect(await answerTo(present(before))).toMatch(INVALID);
    expect(await answerTo(present(issuer.token(CLAIMS)))).toBe('allowed');
  });
});

function swapClaims(token: string, other: string): string {
  const [head, , signature] = token.split('.');
  return [head, other.split('.')[1], signature].join('.');
}
