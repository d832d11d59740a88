import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { verifyDecision } from '../../../activities/approvals/decision-signature';
import { decisionSigner } from '../../../client/gateway/decision-key';
import type { Releases } from '../../../client/releases';
import { connectReleases } from '../../../client/releases';
import { changingWorld } from '../../helpers/releases';
import { environmentSpec, plan } from '../../helpers/requests';
import { untilCancelled } from '../../helpers/fake-activities';
import type { TestServer } from '../../helpers/temporal';
import { startTestServer } from '../../helpers/temporal';
import { waitFor } from '../../helpers/wait-for';
import type { Answer, Bench } from './stage/bench';
import { startBench } from './stage/bench';
import { POLICY_TEXT } from './stage/policy';
import { AUDIENCE } from './stage/tokens';

const changing = changingWorld();
let server: TestServer;
let releases: Releases;
let bench: Bench;

beforeAll(async () => {
  server = await startTestServer();
  await server.work(changing.activities);
  const { address, namespace } = server.server;
  releases = await connectReleases({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  bench = await startBench({ releases });
});
afterAll(async () => {
  await bench.close();
  await releases.close();
  await server.stop();
});
beforeEach(() => changing.renew());

let commits = 0;
function freshCommit(): string {
  commits += 1;
  return commits.toString(16).padStart(40, 'd');
}

interface Started {
  id: string;
  runId: string;
  ticket: string;
}

async function start(commit: string, more: object = {}): Promise<Started> {
  const { status, body } = await bench.start(await bench.push(), { project: 'shop', commit, ...more });
  expect(status).toBe(202);
  return { id: String(body['workflowId']), runId: String(body['runId']), ticket: String(body['ticket']) };
}

/** Reads on, always from the last version, as a caller does who waits. */
async function readUntil(
  { id, ticket }: Started,
  what: string,
  done: (body: Answer['body']) => boolean,
): Promise<Answer['body']> {
  let since = '';
  return waitFor(what, async () => {
    const { status, body } = await bench.get(`/v1/releases/${id}?waitSeconds=5${since}`, ticket);
    expect(status).toBe(200);
    since = `&since=${String(body['version'])}`;
    return done(body) && body;
  });
}

const ended = (body: Answer['body']): boolean => 'ended' in body;

it('start, read, abort: the release is aborted, and the reader who waits learns it', async () => {
  changing.now.on({ runGate: untilCancelled });
  const started = await start(freshCommit());
  await readUntil(started, 'the gates to run', ({ release }) => JSON.stringify(release).includes('"running"'));
  const aborted = await bench.post(`/v1/releases/${started.id}/abort`, await bench.push({ actor: 'bob' }), {
    reason: 'wrong one',
  });
  expect(aborted.status).toBe(200);
  const { ended: end } = await readUntil(started, 'the end', ended);
  expect(end).toMatchObject({
    outcome: 'aborted',
    exitCode: 15,
    cause: expect.stringContaining('github:bob') as unknown,
  });
});

it('start, approve, released: each by the verified actor, and no token is in the history', async () => {
  const environment = { ...environmentSpec(), approval: { minimum: 1, expiresMs: 60_000 } };
  changing.now.on({ admit: async ({ commit, project }) => plan({ commit, project, environments: [environment] }) });
  const commit = freshCommit();
  const started = await start(commit);
  await readUntil(started, 'approval to be waited for', ({ release }) => 'waitingForApproval' in (release as object));
  const token = await bench.push({ actor: 'bob' });
  expect((await bench.post(`/v1/releases/${started.id}/approve`, token)).status).toBe(200);
  const { ended: end, release } = await readUntil(started, 'the end', ended);
  expect(end).toMatchObject({ outcome: 'released', exitCode: 0 });
  expect(JSON.stringify(release)).toContain('approved by github:bob');

  const { input, history } = await historyOf(started);
  expect(input).toMatchObject({
    commit,
    actor: 'github:octocat',
    event: 'push',
    trigger: { repositoryId: '1001', runId: '9000' },
  });
  for (const part of token.split('.')) expect(history).not.toContain(part);
});

it('a decision that the gateway signed is verified by the workers, where no other counts', async () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  const signer = decisionSigner(Buffer.from(pem));
  const approval = { minimum: 1, expiresMs: 60_000, approvers: ['github:bob'], unverified: 'refused' as const };
  const environment = environmentSpec({ approval });
  changing.now.on({
    admit: async ({ commit, project }) => plan({ commit, project, environments: [environment] }),
    verifyDecision: async (input) => verifyDecision([signer.publicKey], input),
  });
  const signing = await startBench({ releases, signer });
  try {
    const started = await start(freshCommit());
    await readUntil(started, 'approval to be waited for', ({ release }) => 'waitingForApproval' in (release as object));
    const path = `/v1/releases/${started.id}/approve`;
    // The same person, through a gateway that the policy does not know.
    expect(await bench.post(path, await bench.push({ actor: 'bob' }))).toMatchObject({
      status: 409,
      error: { message: expect.stringContaining('takes decisions that a gateway signed and no others') as unknown },
    });
    expect(await signing.post(path, await signing.push({ actor: 'eve' }))).toMatchObject({
      status: 409,
      error: {
        message: expect.stringContaining('is decided by github:bob, and github:eve is not among them') as unknown,
      },
    });
    expect((await signing.post(path, await signing.push({ actor: 'bob' }), { comment: 'seen' })).status).toBe(200);
    const { ended: end, release } = await readUntil(started, 'the end', ended);
    expect(end).toMatchObject({ outcome: 'released' });
    expect(JSON.stringify(release)).toContain('"approved by github:bob"');
  } finally {
    await signing.close();
  }
});

it('a second start of the same commit attaches, by another token and with a ticket of its own', async () => {
  changing.now.on({ runGate: untilCancelled });
  const commit = freshCommit();
  const first = await start(commit);
  const { body } = await bench.start(await bench.push({ actor: 'bob' }), { project: 'shop', commit });
  expect(body).toMatchObject({ workflowId: first.id, runId: first.runId, attached: true });
  const other = await bench.start(await bench.push(), { project: 'shop', commit, environments: ['production'] });
  expect(other).toMatchObject({ status: 409, error: { code: 'conflict' } });
  await bench.post(`/v1/releases/${first.id}/abort`, await bench.push());
  await readUntil(first, 'the end', ended);
});

it('what there is not cannot be steered', async () => {
  const path = `/v1/releases/release:shop:${freshCommit()}`;
  expect(await bench.post(`${path}/abort`, await bench.push())).toMatchObject({
    status: 404,
    error: { code: 'not-found' },
  });
  const run = '11111111-2222-4333-8444-555555555555';
  expect(await bench.post(`${path}/approve?run=${run}`, await bench.push())).toMatchObject({ status: 404 });
});

it('a commit that is not on the branch is for the worker to refuse: the gateway tells its end', async () => {
  const commit = freshCommit();
  changing.now.on({
    admit: async () => {
      throw ApplicationFailure.nonRetryable(`Commit ${commit} is not on the branch main.`, 'PolicyRefused');
    },
  });
  const { ended: end } = await readUntil(await start(commit), 'the end', ended);
  expect(end).toMatchObject({ outcome: 'refused', exitCode: 16 });
});

describe('sluice gateway', () => {
  let folder: string;
  let policyFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-gateway-'));
    policyFile = path.join(folder, 'policy.yml');
    await writeFile(policyFile, POLICY_TEXT);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]): { child: ChildProcess; lines: () => string[]; errors: () => string } => {
    const { address, namespace } = server.server;
    const launcher = path.join(__dirname, '../../../bin/sluice.mjs');
    const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const child = spawn(process.execPath, [launcher, 'gateway', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    return { child, lines: () => out.split('\n').filter((line) => line !== ''), errors: () => errors };
  };

  it('listens, starts releases, reads its policy again at SIGHUP, logs no token, and stops at SIGTERM', async () => {
    changing.now.on({ runGate: untilCancelled });
    const { child, lines, errors } = run(
      ...['--policy', policyFile, '--audience', AUDIENCE, '--issuer', bench.issuer.url, '--listen', '127.0.0.1:0'],
      ...['--ui-url', 'https://temporal.example.com/', '--json'],
    );
    try {
      const first = await waitFor('it to listen', () => lines()[0]);
      const { url } = JSON.parse(first) as { url: string };
      expect((await fetch(`${url}/readyz`)).status).toBe(200);

      const token = await bench.push();
      const commit = freshCommit();
      const answer = await fetch(`${url}/v1/releases`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ project: 'shop', commit }),
      });
      const body = (await answer.json()) as Record<string, string>;
      expect(body).toMatchObject({ workflowId: `release:shop:${commit}`, attached: false });
      const page = `https://temporal.example.com/namespaces/${server.server.namespace}/workflows`;
      expect(body['uiUrl']).toBe(`${page}/release%3Ashop%3A${commit}/${body['runId']!}`);
      await server.client.workflow.getHandle(body['workflowId']!).terminate();

      await writeFile(policyFile, 'projects: 7\n');
      child.kill('SIGHUP');
      await waitFor('the note', () => lines().some((line) => line.includes('The new policy is refused')));

      child.kill('SIGTERM');
      await once(child, 'exit');
      expect({ code: child.exitCode, errors: errors() }).toEqual({ code: 0, errors: '' });
      expect(lines()[1]).toContain('"kind":"request"');
      for (const part of [...token.split('.'), ...body['ticket']!.split('.')])
        expect(lines().join()).not.toContain(part);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each<[string, () => string[], RegExp]>([
    ['without an audience', () => ['--policy', policyFile], /^Say which audience/],
    [
      "with GitHub's default audience",
      () => ['--policy', policyFile, '--audience', 'https://github.com/acme'],
      /tokens for others carry it too/,
    ],
    [
      'with an issuer that anybody could play',
      () => ['--policy', policyFile, '--audience', AUDIENCE, '--issuer', 'http://issuer.example'],
      /cannot be the issuer/,
    ],
    ['without a policy', () => ['--policy', path.join(folder, 'none.yml'), '--audience', AUDIENCE], /cannot be read/],
    [
      'with an address that is none',
      () => ['--policy', policyFile, '--audience', AUDIENCE, '--listen', '8484'],
      /not an address to listen on/,
    ],
    [
      'with a key that cannot sign decisions',
      () => ['--policy', policyFile, '--audience', AUDIENCE, '--decision-key', policyFile.replace('policy.yml', 'key')],
      /The key .* cannot sign decisions, .*openssl genpkey -algorithm ed25519/,
    ],
    [
      'with a key that is too short',
      () => ['--policy', policyFile, '--audience', AUDIENCE, '--ticket-key', policyFile.replace('policy.yml', 'key')],
      /The key .* (has 5 bytes|cannot be read)/,
    ],
  ])('%s it does not begin: exit code 2', async (_, args, sentence) => {
    await writeFile(path.join(folder, 'key'), 'short');
    const { child, errors } = run(...args());
    await once(child, 'close');
    expect(child.exitCode).toBe(2);
    expect(errors()).toMatch(sentence);
  });
});

/** What the release was started with, and all that the server keeps of it, as text. */
async function historyOf({ id, runId }: Started): Promise<{ input: unknown; history: string }> {
  const { events } = await server.client.workflow.getHandle(id, runId).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const decoded = (_name: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
  const input: unknown = JSON.parse(Buffer.from(payloads?.[0]?.data ?? []).toString('utf8'));
  return { input, history: JSON.stringify(events, decoded) };
}
