import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import type { JsonObject } from '../../local/aws/contract';
import { deployTemplate } from '../../local/iam/template';
import { templateFor } from '../../model/iam/template';
import type { IamAccount } from '../local/iam/account';
import { answerTo, openIamAccount } from '../local/iam/account';
import type { Claims, Issuer } from '../local/iam/issuer';
import { GITHUB, openIssuer } from '../local/iam/issuer';
import { ACCOUNT, allow, deny, policy, REGION, trust } from '../local/iam/policies';
import { subject } from '../model/iam/subject';
import type { Ministack } from './stage/ministack';
import { startMinistack } from './stage/ministack';

const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const KEY = 'token.actions.githubusercontent.com';
const OLD = 'repo:acme/shop:ref:refs/heads/main';
const NEW = 'repo:acme@11/shop@22:ref:refs/heads/main';
const WORKFLOW = 'acme/shop/.github/workflows/release.yml@refs/heads/main';
const user = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;

/** As GitHub would make it for a job on main. */
const JOB: Claims = {
  aud: 'sts.amazonaws.com',
  sub: OLD,
  ref: 'refs/heads/main',
  repository: 'acme/shop',
  repository_id: '22',
  repository_owner_id: '11',
  job_workflow_ref: WORKFLOW,
  event_name: 'push',
};

let issuer: Issuer;
let local: IamAccount;
let ministack: Ministack;

beforeAll(async () => {
  issuer = await openIssuer();
  ministack = await startMinistack();
  const users = {
    ann: {},
    ben: { own: policy(allow('sts:AssumeRole')) },
    barred: { own: policy(deny('sts:AssumeRole')) },
  };
  const keys = Object.entries(users).map(([name, policies]) => [name, { user: name, policies }]);
  local = await openIamAccount({
    keys: Object.fromEntries(keys) as Record<string, { user: string }>,
    providers: [{ url: GITHUB, audiences: ['sts.amazonaws.com', 'other'], playedBy: issuer.url }],
  });
  for (const [name, policies] of Object.entries(users)) await ministack.user(name, policies);
}, 400_000);
afterAll(async () => {
  await local.close();
  await ministack.stop();
  await issuer.close();
});

const roleArn = (role: string): string => `arn:aws:iam::${ACCOUNT}:role/${role}`;

function presentLocally(token: string, role: string): Promise<string> {
  const asked = { RoleArn: roleArn(role), RoleSessionName: 'release-1', WebIdentityToken: token };
  return answerTo(local.as('nobody').sts.send(new AssumeRoleWithWebIdentityCommand(asked)));
}

describe('the printed role for GitHub', () => {
  const [production] = subject().environments;
  const printed = (githubEnvironment?: string) => {
    const environments = [{ ...production!, ...(githubEnvironment !== undefined && { githubEnvironment }) }];
    const given = subject({ environments, workflow: '.github/workflows/release.yml' });
    const template = templateFor(given, { for: ['github'] }) as unknown as JsonObject;
    return deployTemplate(template, {}, { accountId: ACCOUNT, region: REGION });
  };

  beforeAll(() => {
    const [plain, live] = [printed(), printed('live')].map(({ roles }) => roles[0]!);
    local.local.putRole!({ ...plain!, name: 'plain' });
    local.local.putRole!({ ...live!, name: 'live' });
  });

  it('is of the provider that the template makes', () => {
    expect(printed().providers).toEqual([{ url: GITHUB, audiences: ['sts.amazonaws.com'] }]);
  });

  const environment = (repository: string): string => `repo:${repository}:environment:live`;
  it.each<[string, string, Claims]>([
    ['a job on main', 'plain', {}],
    ['a job on main, with the new form of sub', 'plain', { sub: NEW }],
    ['a job of the named environment', 'live', { sub: environment('acme/shop') }],
    ['a job of the named environment, with the new form', 'live', { sub: environment('acme@11/shop@22') }],
  ])('takes %s', async (_what, role, claims) => {
    expect(await presentLocally(issuer.token({ ...JOB, ...claims }), role)).toBe('allowed');
  });

  it.each<[string, string, Claims]>([
    ['another branch', 'plain', { sub: OLD.replace('main', 'dev'), ref: 'refs/heads/dev' }],
    ['a branch that begins so', 'plain', { sub: `${OLD}2`, ref: 'refs/heads/main2' }],
    ['a tag called main', 'plain', { sub: OLD.replace('heads', 'tags'), ref: 'refs/tags/main' }],
    ['a pull request', 'plain', { sub: 'repo:acme/shop:pull_request', ref: 'refs/pull/7/merge' }],
    ['another ref than its sub says', 'plain', { ref: 'refs/heads/dev' }],
    ['another repository', 'plain', { sub: OLD.replace('shop', 'web'), repository_id: '33' }],
    ['a fork', 'plain', { sub: OLD.replace('acme', 'mallory'), repository_id: '44', repository_owner_id: '55' }],
    ['a repository made anew under the same name', 'plain', { repository_id: '66' }],
    ['the same name of another owner', 'plain', { repository_owner_id: '77' }],
    ['the new form with another number', 'plain', { sub: NEW.replace('@22', '@66') }],
    ['no number', 'plain', { repository_id: undefined }],
    ['no ref', 'plain', { ref: undefined }],
    ['another case', 'plain', { sub: OLD.replace('acme', 'Acme') }],
    ['another workflow', 'plain', { job_workflow_ref: WORKFLOW.replace('release', 'other') }],
    ['the workflow on another branch', 'plain', { job_workflow_ref: WORKFLOW.replace('main', 'dev') }],
    ['another audience', 'plain', { aud: 'other' }],
    ['an environment, where none is named', 'plain', { sub: environment('acme/shop') }],
    ['no environment, where one is named', 'live', {}],
    ['another environment', 'live', { sub: environment('acme/shop').replace('live', 'test') }],
    ['the environment from another branch', 'live', { sub: environment('acme/shop'), ref: 'refs/heads/dev' }],
  ])('refuses %s', async (_what, role, claims) => {
    expect(await presentLocally(issuer.token({ ...JOB, ...claims }), role)).toMatch(/^AccessDenied/);
  });
});

describe('an AWS that we did not write decides the same of tokens, by aud and sub:', () => {
  const web = (condition: JsonObject, principal = PROVIDER) =>
    trust({ Federated: principal }, condition, 'sts:AssumeRoleWithWebIdentity');
  const exactly = { StringEquals: { [`${KEY}:aud`]: 'sts.amazonaws.com', [`${KEY}:sub`]: [OLD, NEW] } };
  const denial = { Effect: 'Deny', Principal: { Federated: PROVIDER }, Action: 'sts:AssumeRoleWithWebIdentity' };

  it.each<[string, JsonObject, Claims, 'allowed' | 'refused']>([
    ['exactly this branch', web(exactly), {}, 'allowed'],
    ['exactly this branch, in the new form', web(exactly), { sub: NEW }, 'allowed'],
    ['another branch', web(exactly), { sub: OLD.replace('main', 'dev') }, 'refused'],
    ['another audience', web(exactly), { aud: 'other' }, 'refused'],
    ['no sub', web(exactly), { sub: undefined }, 'refused'],
    ['a pattern', web({ StringLike: { [`${KEY}:sub`]: 'repo:acme/shop:*' } }), {}, 'allowed'],
    ['a pattern of another owner', web({ StringLike: { [`${KEY}:sub`]: 'repo:mallory/*' } }), {}, 'refused'],
    ['a pattern where texts are compared', web({ StringEquals: { [`${KEY}:sub`]: 'repo:acme/*' } }), {}, 'refused'],
    [
      'any of several patterns',
      web({ 'ForAnyValue:StringLike': { [`${KEY}:sub`]: ['x', 'repo:acme/*'] } }),
      {},
      'allowed',
    ],
    ['unequal', web({ StringNotEquals: { [`${KEY}:sub`]: NEW } }), {}, 'allowed'],
    ['not like', web({ StringNotLike: { [`${KEY}:sub`]: 'repo:acme/*' } }), {}, 'refused'],
    [
      'if it exists, and it does not',
      web({ StringEqualsIfExists: { [`${KEY}:sub`]: OLD } }),
      { sub: undefined },
      'allowed',
    ],
    ['equal but for case', web({ StringEqualsIgnoreCase: { [`${KEY}:sub`]: OLD.toUpperCase() } }), {}, 'allowed'],
    ['a key that must be absent', web({ Null: { [`${KEY}:sub`]: 'true' } }), {}, 'refused'],
    ['another provider', web(exactly, PROVIDER.replace('github', 'gitlab')), {}, 'refused'],
    ['a role that only users may assume', trust({ AWS: user('ann') }), {}, 'refused'],
    ['a Deny beside the Allow', policy(...(web(exactly)['Statement'] as JsonObject[]), denial), {}, 'refused'],
  ])('%s', async (title, document, claims, expected) => {
    const role = `web-${title.replace(/\W+/g, '-')}`;
    local.local.putRole!({ name: role, trust: document, policies: {} });
    await ministack.role(role, document);
    const token = issuer.token({ ...JOB, ...claims });
    const [ours, theirs] = [await presentLocally(token, role), await ministack.assumeRoleWithWebIdentity(token, role)];
    const plain = (answer: string): string =>
      answer === 'allowed' ? answer : answer.replace(/^AccessDenied.*/, 'refused');
    expect({ ours: plain(ours), theirs: plain(theirs) }).toEqual({ ours: expected, theirs: expected });
  });
});

describe('an AWS that we did not write decides the same of users:', () => {
  it.each<[string, string, JsonObject, 'allowed' | 'refused']>([
    ['one with leave who is named', 'ben', trust({ AWS: user('ben') }), 'allowed'],
    ['one who is not named', 'ann', trust({ AWS: user('ben') }), 'refused'],
    ['one with leave, where the account is named', 'ben', trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), 'allowed'],
    ['one with leave, who is not named', 'ben', trust({ AWS: user('ann') }), 'refused'],
    ['one without leave, where the account is named', 'ann', trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), 'refused'],
    ['one whom a policy of their own bars', 'barred', trust({ AWS: user('barred') }), 'refused'],
    ['another account', 'ben', trust({ AWS: 'arn:aws:iam::999999999999:root' }), 'refused'],
    ['one with leave of a list', 'ben', trust({ AWS: [user('ann'), user('ben')] }), 'allowed'],
    [
      'one who does not know the external id',
      'ann',
      trust({ AWS: user('ann') }, { StringEquals: { 'sts:ExternalId': 'x' } }),
      'refused',
    ],
  ])('%s', async (title, who, document, expected) => {
    const role = `user-${title.replace(/\W+/g, '-')}`;
    local.local.putRole!({ name: role, trust: document, policies: {} });
    await ministack.role(role, document);
    const asked = { RoleArn: roleArn(role), RoleSessionName: 'release-1' };
    const ours = await answerTo(local.as(who).sts.send(new AssumeRoleCommand(asked)));
    const theirs = await ministack.assumeRole(who, role);
    const plain = (answer: string): string =>
      answer === 'allowed' ? answer : answer.replace(/^AccessDenied.*/, 'refused');
    expect({ ours: plain(ours), theirs: plain(theirs) }).toEqual({ ours: expected, theirs: expected });
  });
});

/** What it cannot be asked about; should it learn it, its word is wanted above. */
describe('an AWS that we did not write does not know, as of ministack 1.5.33,', () => {
  const bySub = trust(
    { Federated: PROVIDER },
    { StringEquals: { [`${KEY}:sub`]: OLD } },
    'sts:AssumeRoleWithWebIdentity',
  );
  const byNumber = trust(
    { Federated: PROVIDER },
    { StringEquals: { [`${KEY}:repository_id`]: '22' } },
    'sts:AssumeRoleWithWebIdentity',
  );

  beforeAll(async () => {
    for (const [name, document] of Object.entries({ 'gap-sub': bySub, 'gap-number': byNumber })) {
      local.local.putRole!({ name, trust: document, policies: {} });
      await ministack.role(name, document);
    }
  });

  it.each<[string, string, () => string, ours: RegExp, theirs: RegExp]>([
    ['signatures', 'gap-sub', () => issuer.forged(JOB), /^InvalidIdentityToken/, /^allowed$/],
    ['the end of a token', 'gap-sub', () => issuer.token({ ...JOB, exp: 1 }), /^ExpiredToken/, /^allowed$/],
    [
      'that a provider must exist, for its audience',
      'gap-sub',
      () => issuer.token({ ...JOB, aud: 'x' }),
      /^InvalidIdentityToken/,
      /^allowed$/,
    ],
    ['claims beside aud, sub and amr', 'gap-number', () => issuer.token(JOB), /^allowed$/, /^AccessDenied/],
  ])('%s', async (_what, role, token, ours, theirs) => {
    const made = token();
    expect(await presentLocally(made, role)).toMatch(ours);
    expect(await ministack.assumeRoleWithWebIdentity(made, role)).toMatch(theirs);
  });

  // API reference of AssumeRole: such a trust policy is enough, since it is a resource-based policy of the same account.
  it('that a user whom a trust policy names needs no leave besides', async () => {
    const document = trust({ AWS: user('ann') });
    local.local.putRole!({ name: 'gap-user', trust: document, policies: {} });
    await ministack.role('gap-user', document);
    const asked = { RoleArn: roleArn('gap-user'), RoleSessionName: 'release-1' };
    expect(await answerTo(local.as('ann').sts.send(new AssumeRoleCommand(asked)))).toBe('allowed');
    expect(await ministack.assumeRole('ann', 'gap-user')).toMatch(/^AccessDenied/);
  });
});
