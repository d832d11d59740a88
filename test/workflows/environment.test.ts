import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { deploymentId, environmentId } from '../../model/ids';
import type { EnvironmentState } from '../../model/messages';
import type { ReleaseRequest } from '../../model/plan';
import { held } from '../helpers/fake-activities';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

/** Low, so that an environment continues as new after a few deployments. */
const EVENTS_BEFORE_CONTINUE_AS_NEW = 40;

const bench = workflowBench({ 'limit.historyCount.suggestContinueAsNew': String(EVENTS_BEFORE_CONTINUE_AS_NEW) });
const start = (request: ReleaseRequest): Promise<WorkflowHandle> => bench.start(request);
const environmentOf = (request: ReleaseRequest): WorkflowHandle =>
  bench.server.client.workflow.getHandle(environmentId(request.project, 'production'));
const deploymentOf = (request: ReleaseRequest): WorkflowHandle =>
  bench.server.client.workflow.getHandle(deploymentId(request.project, 'production'));
const stateOf = (request: ReleaseRequest): Promise<EnvironmentState> =>
  environmentOf(request).query<EnvironmentState>('state');

interface Span {
  started: number;
  closed: number;
}

/** When each deployment of the project ran, by the server's own record. */
async function deploymentSpans(request: ReleaseRequest): Promise<Span[]> {
  const spans: Span[] = [];
  const query = `WorkflowId = "${deploymentId(request.project, 'production')}"`;
  for await (const found of bench.server.client.workflow.list({ query })) {
    spans.push({ started: found.startTime.getTime(), closed: found.closeTime?.getTime() ?? Infinity });
  }
  return spans.sort((a, b) => a.started - b.started);
}

interface Stable {
  kind: 'succeeded';
  digests: Record<string, string>;
}
const STABLE: Stable = { kind: 'succeeded', digests: {} };

describe('one deployment at a time', () => {
  it('two releases started together deploy one after the other', async () => {
    const first = freshRequest();
    const handles = await Promise.all([start(first), start(anotherCommit(first))]);
    const outcomes = await Promise.all(handles.map(outcomeOf));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['released', 'released']);
    // Visibility may lag behind the end itself.
    const [one, two] = await waitFor('both in the record', async () => {
      const spans = await deploymentSpans(first);
      return spans.length === 2 && spans.every(({ closed }) => closed < Infinity) && spans;
    });
    expect(two!.started).toBeGreaterThanOrEqual(one!.closed);
  });

  it('serves many in order across continue-as-new, and loses nobody', async () => {
    const rollout = held<Stable>();
    bench.world.on({ awaitStable: rollout.effect });
    const first = freshRequest();
    const handles = [await start(first)];
    await rollout.begun;
    const { runId: firstRun } = await environmentOf(first).describe();
    for (let n = 0; n < 5; n += 1) handles.push(await start(anotherCommit(first)));
    await waitFor('five in the queue', async () => (await stateOf(first)).queue.length === 5);
    const waiting = (await stateOf(first)).queue.map(({ commit }) => commit);
    bench.world.on({ awaitStable: async () => STABLE });
    rollout.finish(STABLE);
    await Promise.all(handles.map(outcomeOf));
    const served = (await stateOf(first)).recent.map(({ commit }) => commit);
    expect(served).toEqual([first.commit, ...waiting]);
    expect((await environmentOf(first).describe()).runId).not.toBe(firstRun);
    expect(bench.world.count('updateService')).toBe(6);
  });

  it('checks and releases the same commit side by side', async () => {
    const request = freshRequest();
    const check = await start({ ...request, purpose: 'check' });
    const release = await start(request);
    expect((await outcomeOf(check)).outcome).toBe('checked');
    expect((await outcomeOf(release)).outcome).toBe('released');
  });
});

describe('when somebody terminates', () => {
  it('the environment in mid-deployment, the deployment goes on and nothing is deployed twice', async () => {
    const rollout = held<Stable>();
    bench.world.on({ awaitStable: rollout.effect });
    const first = freshRequest();
    const one = await start(first);
    await rollout.begun;
    const two = await start(anotherCommit(first));
    await waitFor('the queue', async () => (await stateOf(first)).queue.length === 1);
    await environmentOf(first).terminate('by the test');
    // The second release asks again; the new environment finds the stranger and waits for it.
    await waitFor('the stranger to be seen', async () => {
      const state = await stateOf(first).catch(() => undefined);
      return state?.current?.commit === first.commit && state.queue.length === 1;
    });
    bench.world.on({ awaitStable: async () => STABLE });
    rollout.finish(STABLE);
    expect((await outcomeOf(one)).outcome).toBe('released');
    expect((await outcomeOf(two)).outcome).toBe('released');
    expect(bench.world.count('updateService')).toBe(2);
  });

  it('the environment in mid-deployment with nobody else waiting, the release still learns its end', async () => {
    const rollout = held<Stable>();
    bench.world.on({ awaitStable: rollout.effect });
    const request = freshRequest();
    const handle = await start(request);
    await rollout.begun;
    await environmentOf(request).terminate('by the test');
    rollout.finish(STABLE);
    expect((await outcomeOf(handle)).outcome).toBe('released');
    expect(bench.world.count('updateService')).toBe(1);
  });

  it('a release that waits, its place is given to the next', async () => {
    const rollout = held<Stable>();
    bench.world.on({ awaitStable: rollout.effect });
    const first = freshRequest();
    const one = await start(first);
    await rollout.begun;
    const gone = await start(anotherCommit(first));
    await waitFor('its place', async () => (await stateOf(first)).queue.length === 1);
    const next = await start(anotherCommit(first));
    await waitFor('the next place', async () => (await stateOf(first)).queue.length === 2);
    await gone.terminate('by the test');
    bench.world.on({ awaitStable: async () => STABLE });
    rollout.finish(STABLE);
    expect((await outcomeOf(one)).outcome).toBe('released');
    expect((await outcomeOf(next)).outcome).toBe('released');
    expect(bench.world.count('updateService')).toBe(2);
  });

  it('a deployment, its release ends undetermined and the line is held until a person has looked', async () => {
    const rollout = held<Stable>();
    bench.world.on({
      awaitStable: rollout.effect,
      whatRuns: async () => ({
        taskDefinitionArn: 'arn:td/shop:2',
        commit: 'x',
        release: 'r',
        verified: false,
        inFlight: null,
        digests: {},
      }),
    });
    const first = freshRequest();
    const one = await start(first);
    await rollout.begun;
    await deploymentOf(first).terminate('by the test');
    expect((await outcomeOf(one)).outcome).toBe('undetermined');
    await waitFor('the hold', async () => (await stateOf(first)).hold);

    bench.world.on({ awaitStable: async () => STABLE });
    const two = await start(anotherCommit(first));
    await waitFor('the reason', async () =>
      (await statusOf(two)).phases.find(({ detail }) => detail.includes('on hold')),
    );
    await environmentOf(first).signal('resolve', { by: 'ann', reason: 'looked' });
    expect((await outcomeOf(two)).outcome).toBe('released');
  });

  it('a deployment whose service runs a verified revision all the same, the line goes on by itself', async () => {
    const rollout = held<Stable>();
    bench.world.on({
      awaitStable: rollout.effect,
      whatRuns: async () => ({
        taskDefinitionArn: 'arn:td/shop:1',
        commit: null,
        release: null,
        verified: false,
        inFlight: null,
        digests: {},
      }),
    });
    const first = freshRequest();
    const one = await start(first);
    await rollout.begun;
    await deploymentOf(first).terminate('by the test');
    expect((await outcomeOf(one)).outcome).toBe('undetermined');
    bench.world.on({ awaitStable: async () => STABLE });
    expect((await outcomeOf(await start(anotherCommit(first)))).outcome).toBe('released');
  });
});

it('what runs cannot be seen after a deployment was cut off: the line is held, nobody is lost', async () => {
  const rollout = held<Stable>();
  bench.world.on({
    awaitStable: rollout.effect,
    whatRuns: () => Promise.reject(ApplicationFailure.nonRetryable('no answer', 'Unavailable')),
  });
  const first = freshRequest();
  const one = await start(first);
  await rollout.begun;
  await deploymentOf(first).terminate('by the test');
  await outcomeOf(one);
  const { reason } = await waitFor('the hold', async () => (await stateOf(first)).hold);
  expect(reason).toContain('what runs could not be seen');
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});

it('a release run again after its end is a new request', async () => {
  bench.world.on({ awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }) });
  const request = freshRequest();
  expect((await outcomeOf(await start(request))).outcome).toBe('rolled-back');
  bench.world.on({ awaitStable: async () => STABLE });
  expect((await outcomeOf(await start(request))).outcome).toBe('released');
});
