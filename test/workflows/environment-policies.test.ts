import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { environmentId, releaseId } from '../../model/ids';
import type { EnvironmentState } from '../../model/messages';
import type { EnvironmentSpec, ReleaseRequest } from '../../model/plan';
import { TASK_QUEUES } from '../../model/queues';
import { held } from '../helpers/fake-activities';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';
import { eventTypes } from './stage/line';

const bench = workflowBench();
const STABLE = { kind: 'succeeded' as const, digests: {} };

/** Commits of these tests are counted up, and each descends from the one before. */
function world(spec: Partial<EnvironmentSpec>): void {
  bench.world.on({
    admit: async ({ commit, project }) => plan({ commit, project, environments: [environmentSpec(spec)] }),
    compareCommits: async ({ commit, running }) => ({ newer: commit < running }),
  });
}

const stateOf = ({ project }: ReleaseRequest): Promise<EnvironmentState> =>
  bench.server.client.workflow.getHandle(environmentId(project, 'production')).query<EnvironmentState>('state');

async function waiting(request: ReleaseRequest, count: number): Promise<EnvironmentState> {
  return waitFor(`${count} in line`, async () => {
    const state = await stateOf(request).catch(() => undefined);
    return state?.queue.length === count && state;
  });
}

/** The first release is in flight until `finish`. */
async function firstInFlight(first: ReleaseRequest) {
  const rollout = held<typeof STABLE>();
  bench.world.on({ awaitStable: rollout.effect });
  const handle = await bench.start(first);
  await rollout.begun;
  const finish = (): void => {
    bench.world.on({ awaitStable: async () => STABLE });
    rollout.finish(STABLE);
  };
  return { handle, finish };
}

describe('queue policy latest', () => {
  it('a newer release supersedes the older one that waits, and tells it by whom; what is in flight finishes', async () => {
    world({ queue: 'latest' });
    const first = freshRequest();
    const { handle, finish } = await firstInFlight(first);
    const older = await bench.start(anotherCommit(first));
    await waiting(first, 1);
    const newest = anotherCommit(first);
    const newer = await bench.start(newest);
    expect(await outcomeOf(older)).toMatchObject({
      outcome: 'superseded',
      cause: expect.stringContaining(`release:${first.project}:${newest.commit}`) as string,
    });
    finish();
    expect(await outcomeOf(handle)).toMatchObject({ outcome: 'released' });
    expect(await outcomeOf(newer)).toMatchObject({ outcome: 'released' });
    expect((await stateOf(first)).recent.map(({ outcome }) => outcome)).toEqual(['superseded', 'released', 'released']);
  });

  it('one that comes late and is older than another that waits is superseded itself', async () => {
    world({ queue: 'latest' });
    const first = freshRequest();
    const old = anotherCommit(first);
    const { finish } = await firstInFlight(first);
    const newer = await bench.start(anotherCommit(first));
    await waiting(first, 1);
    const late = await bench.start(old);
    expect(await outcomeOf(late)).toMatchObject({ outcome: 'superseded' });
    finish();
    expect(await outcomeOf(newer)).toMatchObject({ outcome: 'released' });
  });

  it('those of which neither descends from the other keep their order', async () => {
    world({ queue: 'latest' });
    bench.world.on({ compareCommits: async () => ({ newer: false }) });
    const first = freshRequest();
    const { finish } = await firstInFlight(first);
    const one = anotherCommit(first);
    const two = anotherCommit(first);
    const handles = [await bench.start(one)];
    await waiting(first, 1);
    handles.push(await bench.start(two));
    await waiting(first, 2);
    finish();
    for (const handle of handles) expect(await outcomeOf(handle)).toMatchObject({ outcome: 'released' });
    expect((await stateOf(first)).recent.map(({ commit }) => commit)).toEqual([first.commit, one.commit, two.commit]);
  });
});

describe('queue policy reject', () => {
  it('a release that would wait behind another is refused at once, and told behind whom', async () => {
    world({ queue: 'reject' });
    const first = freshRequest();
    const { handle, finish } = await firstInFlight(first);
    const second = await bench.start(anotherCommit(first));
    expect(await outcomeOf(second)).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining(`release:${first.project}:${first.commit} is being deployed`) as string,
    });
    finish();
    expect(await outcomeOf(handle)).toMatchObject({ outcome: 'released' });
  });
});

describe('those who wait for approval', () => {
  /** Whether the release was told; what it makes of it is its own affair. */
  const told = (handle: WorkflowHandle) => async (): Promise<boolean> =>
    (await eventTypes(handle)).includes('workflowExecutionSignaled');

  async function waitsForApproval(request: ReleaseRequest): Promise<WorkflowHandle> {
    world({ approval: { minimum: 1, expiresMs: 60_000 } });
    bench.world.on({ compareCommits: async () => ({ newer: false }) });
    // As the client starts it: with attributes to be found by.
    const handle = await bench.server.client.workflow.start('release', {
      workflowId: releaseId('release', request.project, request.commit),
      taskQueue: TASK_QUEUES.orchestrator,
      args: [request],
      typedSearchAttributes: [{ key: defineSearchAttributeKey('SluiceProject', 'KEYWORD'), value: request.project }],
    });
    await waitFor('the wait for approval', async () => (await statusOf(handle)).waitingForApproval);
    await waitFor('visibility', async () => {
      const query = `SluicePhase = 'approval' AND WorkflowId = '${handle.workflowId}'`;
      return (await bench.server.client.workflow.count(query)).count === 1;
    });
    return handle;
  }

  it('are told of a newer commit that was released', async () => {
    const first = freshRequest();
    const waits = await waitsForApproval(first);
    world({});
    expect(await outcomeOf(await bench.start(anotherCommit(first)))).toMatchObject({ outcome: 'released' });
    await waitFor('the word', told(waits));
    await waits.terminate();
  });

  it('are told of one that asks for its turn, where the policy is latest', async () => {
    const first = freshRequest();
    const waits = await waitsForApproval(first);
    world({ queue: 'latest' });
    const { handle, finish } = await firstInFlight(anotherCommit(first));
    expect(await outcomeOf(waits)).toMatchObject({ outcome: 'superseded' });
    finish();
    expect(await outcomeOf(handle)).toMatchObject({ outcome: 'released' });
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
