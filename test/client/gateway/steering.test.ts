import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import type { Claims } from './stage/tokens';
import { claimsOfPush, COMMIT, sign, without } from './stage/tokens';

let bench: Bench;
const RELEASE_ID = `release:shop:${COMMIT}`;
const CHECK_ID = `check:shop:${COMMIT}`;
const PROOF = 'verified by the gateway: run 9000, attempt 1, of acme/shop';

beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const steer = async (verb: string, body: object = {}, claims: Claims = {}, id = RELEASE_ID) =>
  bench.post(`/v1/releases/${id}/${verb}`, await bench.push({ actor: 'ann', ...claims }), body);
const ref = () => ({ workflowId: RELEASE_ID, runId: bench.world.runId });

it.each(['approve', 'reject'] as const)(
  '%s is recorded as the verified actor’s, for the environment that waits',
  async (verb) => {
    const { status, body } = await steer(verb, { comment: 'seen' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...ref(), project: 'shop' });
    const message = { by: 'github:ann', environment: 'production', comment: `seen (${PROOF})` };
    expect(bench.world.writes).toEqual([[verb, ref(), message]]);
  },
);

it('abort is recorded as the verified actor’s, with or without a reason', async () => {
  expect((await steer('abort')).body).toMatchObject({ ...ref(), by: 'release' });
  await steer('abort', { reason: 'wrong commit' });
  expect(bench.world.writes).toEqual([
    ['abort', ref(), { by: 'github:ann', reason: PROOF }],
    ['abort', ref(), { by: 'github:ann', reason: `wrong commit (${PROOF})` }],
  ]);
});

it('what is judged is the environment that is concerned, not the one that is named', async () => {
  // This job may deploy to staging, which wants no GitHub environment, and not to production.
  const staging = without(claimsOfPush(bench.issuer.url), 'environment');
  for (const [verb, body] of [
    ['approve', {}],
    ['approve', { environment: 'production' }],
    ['abort', {}],
  ] as const) {
    const { status, error } = await bench.post(
      `/v1/releases/${RELEASE_ID}/${verb}`,
      await sign({ ...staging, jti: `${verb}-${JSON.stringify(body)}`.replace(/\s/g, '') }, bench.key),
      body,
    );
    expect(status).toBe(403);
    expect(error?.message).toMatch(/production of project shop wants a job with the GitHub environment production/);
  }
  expect(bench.world.writes).toEqual([]);

  bench.world.status = {
    ...bench.world.status,
    waitingForApproval: { ...bench.world.status.waitingForApproval!, environment: 'staging' },
  };
  expect(
    (await bench.post(`/v1/releases/${RELEASE_ID}/abort`, await sign({ ...staging, jti: 'another-one' }, bench.key)))
      .status,
  ).toBe(200);
});

it('an abort before any environment was reached needs a say in one of them', async () => {
  const { waitingForApproval: _gone, ...status } = bench.world.status;
  bench.world.status = status;
  expect((await steer('abort', {}, { environment: 'elsewhere' })).status).toBe(200);
});

it('an approval for nobody is not sent: what would wait a moment later was not judged', async () => {
  const { waitingForApproval: _gone, ...status } = bench.world.status;
  bench.world.status = status;
  const { status: code, error } = await steer('approve');
  expect({ code, message: error?.message }).toEqual({
    code: 409,
    message: 'This release does not wait for approval now.',
  });
  expect(bench.world.writes).toEqual([]);
});

it.each<[string, Claims, RegExp]>([
  ['a pull request', { event_name: 'pull_request', ref: 'refs/pull/7/merge' }, /can only check/],
  ['another branch', { ref: 'refs/heads/feature' }, /only the branch main/],
  ['another repository', { repository_id: '6666' }, /with the id 6666/],
  [
    'another workflow',
    {
      workflow_ref: 'acme/shop/.github/workflows/x.yml@refs/heads/main',
      job_workflow_ref: 'acme/shop/.github/workflows/x.yml@refs/heads/main',
    },
    /Only the workflow/,
  ],
  ['pull_request_target', { event_name: 'pull_request_target' }, /never deploys/],
])('%s may not approve, reject or abort a release, and Temporal is not even asked', async (_, claims, sentence) => {
  bench.world.trouble = new Error('asked');
  for (const verb of ['approve', 'reject', 'abort']) {
    const { status, error } = await steer(verb, {}, claims);
    expect(status).toBe(403);
    expect(error?.message).toMatch(sentence);
  }
});

it('a pull request may abort the check that it asked for', async () => {
  const token = await bench.pullRequest();
  expect((await bench.post(`/v1/releases/${CHECK_ID}/abort`, token)).status).toBe(200);
  expect(bench.world.writes).toHaveLength(1);
});

it('a run can be named; otherwise it is the newest, and all that is sent goes to that one', async () => {
  const run = '11111111-2222-4333-8444-555555555555';
  await bench.post(`/v1/releases/${RELEASE_ID}/abort?run=${run}`, await bench.push());
  await bench.post(`/v1/releases/${RELEASE_ID}/abort`, await bench.push());
  expect(bench.world.writes.map(([, to]) => to)).toEqual([{ ...ref(), runId: run }, ref()]);
});
