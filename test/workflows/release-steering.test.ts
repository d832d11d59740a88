import type { WorkflowHandle } from '@temporalio/client';
import { deploymentId } from '../../model/ids';
import type { ReleaseRequest } from '../../model/plan';
import { held, untilCancelled } from '../helpers/fake-activities';
import { freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();
const start = (request: ReleaseRequest): Promise<WorkflowHandle> => bench.start(request);

describe('what an earlier run left behind', () => {
  const unfinished = {
    kind: 'unfinished',
    unfinished: {
      deployment: { service: 'api', taskDefinitionArn: 'arn:td/shop:9', deploymentId: 'ecs-svc/9' },
      returnTo: { service: 'api', taskDefinitionArn: 'arn:td/shop:1', digests: {}, desiredCount: 2 },
      commit: 'e'.repeat(40),
      release: 'gone',
    },
  } as const;
  const baseline = {
    kind: 'baseline',
    baseline: { service: 'api', taskDefinitionArn: 'arn:td/shop:1', digests: {}, desiredCount: 2 },
  } as const;

  it('is returned before the new commit moves when it is not healthy', async () => {
    let looks = 0;
    let asked = 0;
    bench.world.on({
      captureBaseline: async () => (++looks === 1 ? unfinished : baseline),
      checkHealth: async () => ({ healthy: ++asked > 1, cause: 'answered 503' }),
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('released');
    expect(bench.world.calls.indexOf('beginReturn')).toBeLessThan(bench.world.calls.indexOf('registerRevision'));
    expect(bench.world.count('markVerified')).toBe(1);
  });

  it('is verified when it is healthy', async () => {
    let looks = 0;
    bench.world.on({ captureBaseline: async () => (++looks === 1 ? unfinished : baseline) });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('released');
    expect(bench.world.count('beginReturn')).toBe(0);
    expect(bench.world.count('markVerified')).toBe(2);
  });
});

describe('abort', () => {
  it('stops gates that run', async () => {
    bench.world.on({ runGate: untilCancelled });
    const handle = await start(freshRequest());
    await waitFor('gates', () => bench.world.count('runGate') === 2);
    await handle.executeUpdate('abort', { args: [{ by: 'ann', reason: 'wrong commit' }] });
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'aborted',
      cause: expect.stringContaining('by ann during gates') as string,
    });
    expect(bench.world.count('buildImage')).toBe(0);
  });

  it('of a deployment in flight rolls it back, once', async () => {
    bench.world.on({ awaitStable: untilCancelled });
    const request = freshRequest();
    const handle = await start(request);
    await waitFor('the rollout', () => bench.world.count('awaitStable') === 1);
    await handle.signal('abort', { by: 'ann' });
    await handle.signal('abort', { by: 'bob' });
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'rolled-back',
      cause: expect.stringContaining('aborted by ann') as string,
    });
    expect(bench.world.count('beginReturn')).toBe(1);
  });

  it("by Temporal's Cancel button means the same", async () => {
    bench.world.on({ awaitStable: untilCancelled });
    const handle = await start(freshRequest());
    await waitFor('the rollout', () => bench.world.count('awaitStable') === 1);
    await handle.cancel();
    expect((await outcomeOf(handle)).outcome).toBe('rolled-back');
  });

  it('that is meant for another request changes nothing', async () => {
    const rollout = held<{ kind: 'succeeded'; digests: Record<string, string> }>();
    bench.world.on({ awaitStable: rollout.effect });
    const request = freshRequest();
    const handle = await start(request);
    await rollout.begun;
    await bench.server.client.workflow
      .getHandle(deploymentId(request.project, 'production'))
      .signal('abort', { by: 'ann', requestId: 'another' });
    rollout.finish({ kind: 'succeeded', digests: {} });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('while waiting for the turn takes the request out of the queue', async () => {
    const rollout = held<{ kind: 'succeeded'; digests: Record<string, string> }>();
    bench.world.on({ awaitStable: rollout.effect });
    const first = freshRequest();
    const one = await start(first);
    await rollout.begun;
    const two = await start({ ...first, commit: 'd'.repeat(40) });
    await waitFor('its place', async () =>
      (await statusOf(two)).phases.find(({ detail }) => detail.startsWith('position 1')),
    );
    await two.executeUpdate('abort', { args: [{ by: 'ann' }] });
    expect((await outcomeOf(two)).outcome).toBe('aborted');
    rollout.finish({ kind: 'succeeded', digests: {} });
    expect((await outcomeOf(one)).outcome).toBe('released');
    expect(bench.world.count('updateService')).toBe(1);
  });
});

describe('approval', () => {
  const withApproval = (expiresMs = 60_000): void =>
    bench.world.on({
      admit: async (request) =>
        plan({
          commit: request.commit,
          project: request.project,
          environments: [environmentSpec({ approval: { minimum: 1, expiresMs } })],
        }),
    });
  const waiting = (handle: WorkflowHandle): Promise<unknown> =>
    waitFor('the release to wait', async () => (await statusOf(handle)).waitingForApproval);

  it('is waited for before the turn, and shows what would change', async () => {
    withApproval();
    const handle = await start(freshRequest());
    expect(await waiting(handle)).toMatchObject({ environment: 'production', changes: ['api: image: 0 -> 1'] });
    expect(bench.world.count('updateService')).toBe(0);
    await handle.executeUpdate('approve', { args: [{ by: 'ann' }] });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('by a signal from the Temporal UI counts too; nonsense typed there does not', async () => {
    withApproval();
    const handle = await start(freshRequest());
    await waiting(handle);
    await handle.signal('approve', 'yes please');
    await handle.signal('approve', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('is refused with the reason when nobody waits for it', async () => {
    bench.world.on({ runGate: untilCancelled });
    const handle = await start(freshRequest());
    await waitFor('gates', () => bench.world.count('runGate') === 2);
    await expect(handle.executeUpdate('approve', { args: [{ by: 'ann' }] })).rejects.toMatchObject({
      cause: { message: 'this release does not wait for approval now' },
    });
    await handle.signal('abort', { by: 'ann' });
    await outcomeOf(handle);
  });

  it('that is rejected or expires ends not-approved', async () => {
    withApproval();
    const rejected = await start(freshRequest());
    await waiting(rejected);
    await rejected.executeUpdate('reject', { args: [{ by: 'bob', comment: 'not today' }] });
    expect(await outcomeOf(rejected)).toMatchObject({
      outcome: 'not-approved',
      cause: expect.stringContaining('not today') as string,
    });

    withApproval(200);
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({ outcome: 'not-approved' });
    expect(bench.world.count('updateService')).toBe(0);
  });

  it('can be aborted', async () => {
    withApproval();
    const handle = await start(freshRequest());
    await waiting(handle);
    await handle.executeUpdate('abort', { args: [{ by: 'ann' }] });
    expect((await outcomeOf(handle)).outcome).toBe('aborted');
  });

  it('is asked again when what would change has changed since', async () => {
    withApproval();
    let previews = 0;
    // Before approval, at the turn (changed), before the second approval, at the second turn.
    bench.world.on({ previewRevision: async () => ({ fingerprint: ++previews < 2 ? 'one' : 'two', changes: [] }) });
    const handle = await start(freshRequest());
    await waiting(handle);
    await handle.executeUpdate('approve', { args: [{ by: 'ann' }] });
    await waitFor(
      'the second question',
      async () => (await statusOf(handle)).phases.filter(({ phase }) => phase === 'approval').length === 2,
    );
    await waiting(handle);
    expect(bench.world.count('updateService')).toBe(0);
    await handle.executeUpdate('approve', { args: [{ by: 'ann' }] });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });
});

describe('several environments', () => {
  it('are visited in order, and the first that fails ends the road', async () => {
    let stable = 0;
    bench.world.on({
      admit: async (request) =>
        plan({
          commit: request.commit,
          project: request.project,
          environments: [environmentSpec({ name: 'staging' }), environmentSpec()],
        }),
      awaitStable: async () =>
        ++stable === 1 ? { kind: 'succeeded', digests: {} } : { kind: 'failed', cause: 'exit code 1' },
    });
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({
      outcome: 'partly-released',
      environments: [
        { environment: 'staging', outcome: 'released' },
        { environment: 'production', outcome: 'rolled-back' },
      ],
    });
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
