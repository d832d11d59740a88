import { generateKeyPairSync } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { createNotifyActivities } from '../../activities/notify/activities';
import type { NotifyDeps } from '../../activities/notify/activities';
import { githubApi } from '../../activities/notify/github-api';
import { appKey, appToken } from '../../activities/notify/github-app';
import { retryAfter } from '../../activities/notify/github-problem';
import { installationTokens } from '../../activities/notify/installation-token';
import { githubStatuses } from '../../activities/notify/statuses';
import type { Policy } from '../../model/policy/policy';
import type { DeploymentReport, ReportSubject } from '../../model/report';
import { activityEnvironment } from '../helpers/activity-environment';
import { APP, REPOSITORY, startGitHub } from './stage/github';
import type { LocalGitHub } from './stage/github';

const COMMIT = 'c'.repeat(40);
const SUBJECT: ReportSubject = {
  ...{ workflowId: `release:shop:${COMMIT}`, runId: 'run-1', project: 'shop', purpose: 'release', commit: COMMIT },
  repository: REPOSITORY,
};
const IN_PROGRESS: DeploymentReport = {
  ...{ environment: 'production', requestId: 'run-1/production', state: 'in_progress', description: 'being deployed' },
};

let github: LocalGitHub;
let shift = 0;

beforeEach(async () => {
  shift = 0;
  github = await startGitHub();
  github.now = () => Date.now() + shift;
});
afterEach(() => github.close());

function activities(more: Partial<NotifyDeps> = {}) {
  const now = (): number => Date.now() + shift;
  const api = githubApi(github.url, fetch, now);
  const tokens = installationTokens(api, { id: APP.id, key: appKey(APP.pem) }, now);
  const created = createNotifyActivities({ github: githubStatuses({ api, tokens }), ...more });
  const environment = activityEnvironment();
  return {
    commit: (state: 'pending' | 'success', description = 'running', subject = SUBJECT) =>
      environment.run(created.setCommitStatus, { subject, report: { state, description } }),
    open: async (report = IN_PROGRESS): Promise<number> =>
      environment.run(created.openGitHubDeployment, { subject: SUBJECT, report }),
    status: (id: number, report = IN_PROGRESS) =>
      environment.run(created.setGitHubDeploymentStatus, { subject: SUBJECT, id, report }),
  };
}

async function failureOf(step: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await step.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

const tokensAskedFor = (): number => github.asked.filter(({ path }) => path.endsWith('/access_tokens')).length;

describe('a commit status', () => {
  it('has the context of its project and purpose, and a link where the UI is known', async () => {
    await activities({ uiUrl: 'https://temporal.example.com' }).commit('pending', 'waiting for approval');
    expect(github.statuses).toEqual([
      {
        repository: 'acme/shop',
        sha: COMMIT,
        state: 'pending',
        context: 'sluice/release/shop',
        description: 'waiting for approval',
        target_url: `https://temporal.example.com/namespaces/test/workflows/release%3Ashop%3A${COMMIT}/run-1`,
      },
    ]);
  });

  it.each([
    ['x'.repeat(500), `${'x'.repeat(139)}…`],
    ['🚀'.repeat(141), `${'🚀'.repeat(139)}…`],
    ['y'.repeat(140), 'y'.repeat(140)],
    ['gate tests:\n  1 of 2\u0000 failed', 'gate tests: 1 of 2 failed'],
  ])('describes itself in one line that GitHub takes: %#', async (given, told) => {
    await activities().commit('success', given);
    expect(github.statuses[0]).toEqual(expect.objectContaining({ description: told }));
    expect(github.statuses[0]).not.toHaveProperty('target_url');
  });
});

describe('a deployment', () => {
  it('is of the commit itself, merges nothing and waits for no status', async () => {
    const { open, status } = activities({ uiUrl: 'https://temporal.example.com' });
    await status(await open());
    expect(github.deployments).toEqual([
      expect.objectContaining({
        ref: COMMIT,
        environment: 'production',
        payload: { sluice: 'run-1/production' },
        statuses: [
          { state: 'in_progress', description: 'being deployed', log_url: expect.stringContaining('/run-1') as string },
        ],
      }),
    ]);
  });

  it('whose answer was lost is found again, and not made twice', async () => {
    const { open } = activities();
    github.trouble = ({ method, path }) =>
      method === 'POST' && path.endsWith('/deployments') ? { status: 502, afterwards: true } : undefined;
    expect((await failureOf(open())).nonRetryable).toBe(false);
    github.trouble = () => undefined;
    expect(await open()).toBe(1);
    expect(github.deployments).toHaveLength(1);
  });

  it.each([
    ['another request', { requestId: 'run-2/production' }],
    ['another environment', { environment: 'staging', requestId: 'run-1/staging' }],
  ])('of %s is another one', async (_what, more) => {
    const { open } = activities();
    expect(await open()).toBe(1);
    expect(await open({ ...IN_PROGRESS, ...more })).toBe(2);
  });

  it('is found by a payload that GitHub answers as text', async () => {
    const { open } = activities();
    await open();
    github.deployments[0]!.payload = JSON.stringify(github.deployments[0]!.payload);
    expect(await open()).toBe(1);
  });
});

describe('the token', () => {
  it('is for one repository, with two rights, and is asked for once', async () => {
    const { commit, open } = activities();
    await Promise.all([commit('pending'), open(), commit('pending')]);
    expect(tokensAskedFor()).toBe(1);
    expect(github.asked.find(({ path }) => path.endsWith('/access_tokens'))?.body).toEqual({
      repository_ids: [1001],
      permissions: { deployments: 'write', statuses: 'write' },
    });
  });

  it('is renewed shortly before it ends', async () => {
    const { commit } = activities();
    await commit('pending');
    shift = 54 * 60_000;
    await commit('pending');
    expect(tokensAskedFor()).toBe(1);
    shift = 56 * 60_000;
    await commit('pending');
    expect(tokensAskedFor()).toBe(2);
  });

  it('that was taken back is asked for again, once', async () => {
    const { commit } = activities();
    await commit('pending');
    github.revoke();
    await commit('success');
    expect(github.statuses.map(({ state }) => state)).toEqual(['pending', 'success']);
    github.trouble = ({ path }) =>
      path.includes('/statuses/') ? { status: 401, message: 'Bad credentials' } : undefined;
    expect(await failureOf(commit('success'))).toMatchObject({ nonRetryable: true });
    expect(tokensAskedFor()).toBe(3);
  });

  it('is in no failure, whatever GitHub says', async () => {
    const { commit } = activities();
    await commit('pending');
    await github.close();
    const failure = await failureOf(commit('success'));
    github = await startGitHub();
    expect(failure).toMatchObject({
      nonRetryable: false,
      message: expect.stringContaining('GitHub did not answer') as string,
    });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/ghs_|eyJ/);
  });

  it('of the App is dated back and ends within 10 minutes', async () => {
    const now = Date.UTC(2026, 10, 23, 12);
    const token = await appToken({ id: APP.id, key: appKey(APP.pem) }, now);
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, number>;
    expect(claims).toEqual({ iss: APP.id, iat: now / 1000 - 60, exp: now / 1000 + 480 });
  });
});

describe('a key of the App', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each([
    ['text', 'not a key', /no private key in PEM/],
    ['an elliptic curve', other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /GitHub takes RSA/],
  ])('of %s is refused in words that do not quote it', (_kind, pem, words) => {
    expect(() => appKey(pem)).toThrow(words);
  });
});

describe('what GitHub refuses', () => {
  it.each([
    [403, { 'retry-after': '7' }, 'secondary rate limit', 7_000],
    [429, { 'retry-after': '90' }, 'too many', 90_000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000030' }, 'API rate limit exceeded', 30_000],
    [403, {}, 'You have exceeded a secondary rate limit', 60_000],
    [429, {}, '', 60_000],
    [403, { 'retry-after': '86400' }, '', 900_000],
    [403, { 'retry-after': 'soon' }, '', 60_000],
    [502, {}, '', 2_000],
    [403, { 'x-ratelimit-remaining': '4999' }, 'Resource not accessible by integration', undefined],
    [404, {}, 'Not Found', undefined],
    [422, {}, 'Validation Failed', undefined],
    [401, {}, 'Bad credentials', undefined],
  ])('with %d %j is asked again as it wishes', (status, headers, message, wait) => {
    expect(retryAfter(status, new Headers(headers), message, 1_000_000_000)).toBe(wait);
  });

  it('carries the pause to Temporal, which keeps it', async () => {
    github.trouble = ({ path }) =>
      path.includes('/statuses/') ? { status: 429, headers: { 'retry-after': '42' } } : undefined;
    expect(await failureOf(activities().commit('pending'))).toMatchObject({
      nonRetryable: false,
      nextRetryDelay: 42_000,
    });
  });

  it('for good is not tried again, and says what GitHub said', async () => {
    github.trouble = ({ path }) =>
      path.includes('/statuses/') ? { status: 403, message: 'Resource not accessible by integration' } : undefined;
    expect(await failureOf(activities().commit('pending'))).toMatchObject({
      nonRetryable: true,
      message: `GitHub answers POST /repos/acme/shop/statuses/${COMMIT} with 403: Resource not accessible by integration`,
    });
  });

  it('follows no redirect with its token', async () => {
    github.trouble = ({ path }) =>
      path.includes('/statuses/') ? { status: 307, headers: { location: 'http://127.0.0.1:9/' } } : undefined;
    expect(await failureOf(activities().commit('pending'))).toMatchObject({ nonRetryable: true });
  });
});

it('writes to no repository that the policy does not know', async () => {
  const policy = { projects: [{ project: 'shop', repositoryId: '1001' }] } as unknown as Policy;
  const { commit } = activities({ policy });
  await commit('pending');
  const stranger = { ...SUBJECT, repository: { id: '1002', name: 'acme/other' } };
  const before = github.asked.length;
  expect(await failureOf(commit('pending', 'x', stranger))).toMatchObject({
    type: 'PolicyRefused',
    nonRetryable: true,
  });
  expect(github.asked).toHaveLength(before);
});
