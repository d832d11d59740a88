import type { ReleaseRequest } from '../../../model/plan';
import type { Bench } from './stage/bench';
import { RELEASE, startBench } from './stage/bench';
import type { Claims } from './stage/tokens';
import { claimsOfPullRequest, claimsOfPush, COMMIT, now, sign, without } from './stage/tokens';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ pageOf: ({ workflowId, runId }) => `https://ui.example/${workflowId}/${runId}` });
});
afterAll(() => bench.close());
beforeEach(() => void (bench.world.writes.length = 0));

const sent = (): ReleaseRequest => bench.world.writes[0]?.[1] as ReleaseRequest;
const push = (more: Claims = {}): Claims => claimsOfPush(bench.issuer.url, more);
const pullRequest = (more: Claims = {}): Claims => claimsOfPullRequest(bench.issuer.url, more);

/** What must go through, with what is asked for. */
const ALLOWED: [string, () => Claims, object?][] = [
  ['a push to main', push],
  ['a push to main, for one environment', push, { environments: ['production'] }],
  [
    'a job without a GitHub environment, for one that wants none',
    () => without(push(), 'environment'),
    { environments: ['staging'] },
  ],
  [
    'a job with another GitHub environment, for one that wants none',
    () => push({ environment: 'elsewhere' }),
    { environments: ['staging'] },
  ],
  ['workflow_dispatch on main', () => push({ event_name: 'workflow_dispatch' })],
  [
    'an older commit, with a reason',
    () => push({ event_name: 'workflow_dispatch' }),
    { allowOlder: 'the new one loses orders' },
  ],
  ['a token without job_workflow_ref', () => without(push(), 'job_workflow_ref')],
  ['a subject in the old form', () => push({ sub: 'repo:acme/shop:ref:refs/heads/main' })],
  ['a subject that names something else: it is never read', () => push({ sub: 'repo:mallory/shop:pull_request' })],
  [
    'a repository that was renamed together with its workflow',
    () =>
      push({
        repository: 'acme/store',
        workflow_ref: 'acme/store/.github/workflows/release.yml@refs/heads/main',
        job_workflow_ref: 'acme/store/.github/workflows/release.yml@refs/heads/main',
      }),
  ],
  ['claims that we do not know', () => push({ repo_property_tier: 'one', check_run_id: '5' })],
  ['a clock that is a few seconds ahead', () => push({ iat: now() + 10, nbf: now() + 10 })],
  ['a token that expired a few seconds ago', () => push({ exp: now() - 10 })],
  ['a bot', () => push({ actor: 'dependabot[bot]' })],
  ['a managed user', () => push({ actor: 'mona_octo' })],
  [
    'a reusable workflow of another repository, and any runner, where the policy says so',
    () =>
      push({
        repository: 'acme/tools',
        repository_id: '1002',
        workflow_ref: 'acme/tools/.github/workflows/ci.yml@refs/heads/main',
        job_workflow_ref: 'acme/deploy/.github/workflows/release.yml@refs/heads/main',
        runner_environment: 'self-hosted',
      }),
    { project: 'tools' },
  ],
  ['a check by a pull request', pullRequest, { purpose: 'check' }],
  [
    'a check by a push to any branch, from any workflow',
    () => push({ ref: 'refs/heads/feature', workflow_ref: 'acme/shop/.github/workflows/x.yml@refs/heads/feature' }),
    { purpose: 'check' },
  ],
  [
    'a check by a merge queue',
    () => push({ event_name: 'merge_group', ref: 'refs/heads/gh-readonly-queue/main/pr-7' }),
    { purpose: 'check' },
  ],
  [
    'a check on a runner of the repository’s own',
    () => pullRequest({ runner_environment: 'self-hosted' }),
    { purpose: 'check' },
  ],
];

it.each(ALLOWED)('%s passes', async (_, claims, asked = {}) => {
  const { status, body } = await bench.start(await sign(claims(), bench.key), { ...RELEASE, ...asked });
  expect(body).not.toHaveProperty('error');
  expect(status).toBe(202);
  expect(bench.world.writes).toHaveLength(1);
});

it('the request takes the repository from the policy, actor and event from the token, and the verified claims whole', async () => {
  const { status } = await bench.start(await bench.push(), { ...RELEASE, environments: ['production', 'production'] });
  expect(status).toBe(202);
  expect(sent()).toEqual({
    purpose: 'release',
    project: 'shop',
    repository: 'https://github.com/acme/shop.git',
    commit: COMMIT,
    environments: ['production'],
    event: 'push',
    actor: 'github:octocat',
    trigger: {
      issuer: bench.issuer.url,
      repositoryId: '1001',
      repositoryOwnerId: '42',
      repository: 'acme/shop',
      ref: 'refs/heads/main',
      event: 'push',
      workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
      jobWorkflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
      runnerEnvironment: 'github-hosted',
      environment: 'production',
      actor: 'octocat',
      actorId: '583231',
      runId: '9000',
      runAttempt: '1',
    },
  });
});

it('answers with the release, a ticket for an hour, and the page in the Temporal UI', async () => {
  const { body } = await bench.start(await bench.push());
  const { runId } = bench.world;
  const workflowId = `release:shop:${COMMIT}`;
  expect(body).toEqual({
    workflowId,
    runId,
    attached: false,
    ticket: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as unknown,
    ticketExpiresAt: expect.any(String) as unknown,
    uiUrl: `https://ui.example/${workflowId}/${runId}`,
  });
  const left = Date.parse(String(body['ticketExpiresAt'])) - Date.now();
  expect(left).toBeGreaterThan(59 * 60_000);
  expect(left).toBeLessThanOrEqual(60 * 60_000);
});

it('each request is one record that names the caller, and holds no token', async () => {
  const token = await bench.push({ jti: 'the-name-of-this-token' });
  bench.records.length = 0;
  const { body, headers } = await bench.start(token);
  await bench.get(`/v1/releases/release:shop:${COMMIT}`, String(body['ticket']));
  await bench.start(`${token.slice(0, -8)}AAAAAAAA`);
  const [started, read, refused] = bench.requests();
  expect(started).toEqual({
    kind: 'request',
    at: expect.any(String) as unknown,
    requestId: headers.get('x-request-id'),
    method: 'POST',
    route: '/v1/releases',
    status: 202,
    durationMs: expect.any(Number) as unknown,
    address: '127.0.0.1',
    caller: {
      repository: 'acme/shop',
      repositoryId: '1001',
      event: 'push',
      ref: 'refs/heads/main',
      actor: 'octocat',
      runId: '9000',
      runAttempt: '1',
      jti: 'the-name-of-this-token',
    },
    release: { workflowId: `release:shop:${COMMIT}`, runId: bench.world.runId },
    attached: false,
  });
  expect(read).toMatchObject({ route: '/v1/releases/:release', status: 200, release: { runId: bench.world.runId } });
  expect(refused).toMatchObject({ status: 401, problem: { code: 'unauthorized' } });
  const log = JSON.stringify(bench.records);
  for (const secret of [token, String(body['ticket'])]) {
    for (const part of secret.split('.')) expect(log).not.toContain(part);
  }
});
