import { heartbeat } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { connectReleases } from '../../../client/releases';
import type { Releases } from '../../../client/releases';
import type { ReleaseEvent } from '../../../client/release-events';
import { deploymentId, environmentId, releaseId } from '../../../model/ids';
import type { ReleaseRequest } from '../../../model/plan';
import { TASK_QUEUES } from '../../../model/queues';
import type { TestServer } from '../../helpers/temporal';
import { startTestServer } from '../../helpers/temporal';
import { waitFor } from '../../helpers/wait-for';
import { startWire } from './proxy';

let server: TestServer;
let releases: Releases;
let native: NativeConnection;
let worker: Worker;
let working: Promise<void>;
/** Each deployment's activity lasts until the test calls this. */
let finishBaking: () => void = () => undefined;

beforeAll(async () => {
  server = await startTestServer();
  const { address, namespace } = server.server;
  releases = await connectReleases({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  native = await NativeConnection.connect({ address });
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowsPath: require.resolve('./workflows'),
    activities: { bake },
    maxHeartbeatThrottleInterval: '100 ms',
    defaultHeartbeatThrottleInterval: '100 ms',
  });
  working = worker.run();
});

afterAll(async () => {
  finishBaking();
  worker.shutdown();
  await working;
  await native.close();
  await releases.close();
  await server.stop();
});

async function bake(): Promise<void> {
  let done = false;
  finishBaking = () => (done = true);
  await waitFor('the test to say that the deployment is done', () => {
    heartbeat('2 of 2 tasks run');
    return done;
  });
}

let numbered = 0;

function request(change: Partial<ReleaseRequest> = {}): ReleaseRequest {
  numbered += 1;
  return {
    purpose: 'release',
    project: 'shop-api',
    repository: '/srv/git/shop.git',
    commit: `${numbered.toString(16).padStart(8, 'c')}${'0'.repeat(32)}`,
    environments: [],
    event: 'manual',
    actor: 'ann',
    ...change,
  };
}

describe('start', () => {
  it('starts a release under its own id, and attaches to it when the same is asked for again', async () => {
    const asked = request();
    const first = await releases.start(asked);
    expect(first).toMatchObject({ workflowId: releaseId('release', 'shop-api', asked.commit), attached: false });
    expect(await releases.start({ ...asked, actor: 'bob' })).toEqual({ ...first, attached: true });
  });

  it('refuses another request for the same commit, naming the running one', async () => {
    const asked = request();
    const { workflowId } = await releases.start(asked);
    await expect(releases.start({ ...asked, environments: ['staging'] })).rejects.toMatchObject({
      exitCode: 16,
      message: expect.stringContaining(`${workflowId} is running already`) as unknown,
    });
  });

  it('does not take a check and a release of one commit for the same', async () => {
    const asked = request();
    await releases.start(asked);
    expect(await releases.start({ ...asked, purpose: 'check' })).toMatchObject({ attached: false });
  });

  it('runs a closed release again', async () => {
    const asked = request();
    const first = await releases.start(asked);
    await releases.abort(first, { by: 'bob' });
    await releases.awaitOutcome(first);
    const second = await releases.start(asked);
    expect(second.attached).toBe(false);
    expect(second.runId).not.toBe(first.runId);
  });
});

describe('find and list', () => {
  it('finds a release by its id, its commit, and the beginning of its commit', async () => {
    const asked = request();
    const { workflowId, runId } = await releases.start(asked);
    for (const reference of [workflowId, asked.commit, asked.commit.slice(0, 8)]) {
      // Visibility is written a moment after the start.
      const found = await waitFor(`${reference} to be found`, () => releases.find(reference).catch(() => undefined));
      expect(found).toEqual({ workflowId, runId });
    }
  });

  it('never guesses between a check and a release of one commit', async () => {
    const asked = request();
    await releases.start(asked);
    await releases.start({ ...asked, purpose: 'check' });
    await waitFor('both to be listed', async () => (await releases.list({ commit: asked.commit })).length === 2);
    await expect(releases.find(asked.commit)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /means several releases: .*check:.*release:|means several releases: .*release:.*check:/,
      ) as unknown,
    });
  });

  it.each(['release:shop-api:none', 'ffffffffff'])('says that there is no %s', async (reference) => {
    await expect(releases.find(reference)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('sluice list') as unknown,
    });
  });

  it('lists by project, commit and outcome', async () => {
    const asked = request({ project: 'billing' });
    const started = await releases.start(asked);
    await releases.abort(started, { by: 'bob' });
    await releases.awaitOutcome(started);
    const [listed] = await waitFor('the outcome to be listed', async () => {
      const found = await releases.list({ project: 'billing', commit: asked.commit.slice(0, 9), outcome: 'aborted' });
      return found.length > 0 && found;
    });
    expect(listed).toMatchObject({
      ...refOf(started),
      project: 'billing',
      actor: 'ann',
      outcome: 'aborted',
      status: 'FAILED',
    });
  });
});

describe('steering', () => {
  it("passes the validator's own sentence on", async () => {
    const ref = await releases.start(request());
    for (const decision of ['approve', 'reject'] as const) {
      await expect(releases[decision](ref, { by: 'ann' })).rejects.toMatchObject({
        exitCode: 16,
        message: 'ann asked for this release and may not decide on it.',
      });
    }
  });

  it.each([
    ['reject', 'not-approved'],
    ['abort', 'aborted'],
  ] as const)('%s ends it %s, with the outcome out of its failure', async (decision, outcome) => {
    const ref = await releases.start(request());
    await releases[decision](ref, { by: 'bob' });
    expect(await releases.awaitOutcome(ref)).toMatchObject({
      terminated: false,
      outcome: { outcome, cause: 'As it was told.' },
    });
  });

  it('tells a terminated release from one that ended', async () => {
    const ref = await releases.start(request());
    await server.client.workflow.getHandle(ref.workflowId).terminate('cleaning up');
    expect(await releases.awaitOutcome(ref)).toEqual({
      terminated: true,
      cause: 'Terminated by an operator: cleaning up.',
    });
  });

  it('resolves an environment on hold, once', async () => {
    const hold = { reason: 'the rollback failed', since: 0, by: 'sluice', kind: 'unclean' };
    const handle = await server.client.workflow.start('environment', {
      workflowId: environmentId('shop-api', 'staging'),
      taskQueue: TASK_QUEUES.orchestrator,
      args: [{ hold }],
    });
    expect((await releases.environmentState('shop-api', 'staging')).hold).toEqual(hold);
    await releases.resolve('shop-api', 'staging', { by: 'bob', reason: 'restored' });
    await expect(releases.resolve('shop-api', 'staging', { by: 'bob', reason: 'again' })).rejects.toMatchObject({
      exitCode: 16,
    });
    await handle.terminate();
  });
});

describe('watch', () => {
  it('tells the road from its beginning to the outcome: phases, approval, what the activities say', async () => {
    const ref = await releases.start(request({ project: 'watched' }));
    const events: ReleaseEvent[] = [];
    const watching = releases.watch(ref, { onEvent: (event) => events.push(event) });
    await waitFor('approval to be asked for', () => events.some(({ kind }) => kind === 'approval'));
    await releases.approve(ref, { by: 'bob' });
    await waitFor('the heartbeat', () =>
      events.some((event) => event.kind === 'progress' && event.text === '2 of 2 tasks run'),
    );
    finishBaking();
    expect(await watching).toMatchObject({ terminated: false, outcome: { outcome: 'released' } });
    expect(
      events.flatMap((event) =>
        event.kind === 'phase' ? [`${event.phase} ${event.environment ?? ''} ${event.state}`] : [],
      ),
    ).toEqual([
      'approval production running',
      'approval production done',
      'stable production running',
      'stable production done',
    ]);
  });

  it('stops when its signal says so, and leaves the release alone', async () => {
    const ref = await releases.start(request());
    const stop = new AbortController();
    const watching = releases.watch(ref, { onEvent: () => stop.abort(new Error('enough')), signal: stop.signal });
    await expect(watching).rejects.toThrow('enough');
    expect((await releases.summary(ref)).status).toBe('RUNNING');
  });

  it('outlives a lost connection, and says so once each way', async () => {
    const wire = await startWire(server.server.address);
    const far = await connectReleases({ TEMPORAL_ADDRESS: wire.address, TEMPORAL_NAMESPACE: server.server.namespace });
    try {
      const ref = await releases.start(request());
      const seen: string[] = [];
      const ended = far.awaitOutcome(ref, { onConnection: (state) => seen.push(state) });
      await far.status(ref);
      wire.cut();
      await waitFor('the loss', () => seen.includes('lost'));
      wire.mend();
      await waitFor('the return', () => seen.includes('restored'));
      await releases.abort(ref, { by: 'bob' });
      expect(await ended).toMatchObject({ outcome: { outcome: 'aborted' } });
      expect(seen).toEqual(['lost', 'restored']);
    } finally {
      await far.close();
      await wire.close();
    }
  });
});

describe('abort of a release that is gone', () => {
  it('reaches the deployment that it left behind', async () => {
    const ref = await releases.start(request({ project: 'orphaned' }));
    await releases.approve(ref, { by: 'bob' });
    await waitFor('the deployment', async () => (await releases.status(ref)).deploying !== undefined);
    await server.client.workflow.getHandle(ref.workflowId).terminate('lost');
    const id = deploymentId('orphaned', 'production');
    const answer = await waitFor('the deployment to be listed', () =>
      releases.abort(ref, { by: 'bob' }).catch(() => undefined),
    );
    expect(answer).toEqual({ by: 'deployment', deploymentId: id });
    await server.client.workflow.getHandle(id).result();
  });

  it('says that there is nothing to abort when that is gone too', async () => {
    const ref = await releases.start(request({ project: 'idle' }));
    await releases.abort(ref, { by: 'bob' });
    await releases.awaitOutcome(ref);
    await expect(releases.abort(ref, { by: 'bob' })).rejects.toMatchObject({ exitCode: 2 });
  });
});

function refOf({ workflowId, runId }: { workflowId: string; runId: string }): { workflowId: string; runId: string } {
  return { workflowId, runId };
}
