import type { WorkflowHandle } from '@temporalio/client';
import { startRollback } from '../../client/start-rollback';
import { abort } from '../../client/steer';
import { deploymentId } from '../../model/ids';
import type { DeploymentStatus, ReleaseStatus } from '../../model/messages';
import { ROLLBACK_IS_NOT_ABORTED } from '../../model/no-abort';
import { held, untilCancelled } from '../helpers/fake-activities';
import type { Effects } from '../helpers/fake-activities';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();
const client = () => bench.server.client;

interface Stable {
  kind: 'succeeded';
  digests: Record<string, string>;
}
const STABLE: Stable = { kind: 'succeeded', digests: {} };

/** A message of a person. */
const ann = { by: 'ann', reason: 'wrong commit' };

describe('an abort ends a release', () => {
  it.each<[string, keyof Effects, string, RegExp]>([
    ['that is admitted', 'admit', 'aborted', /during admit, before anything changed: wrong commit/],
    ['whose services are looked at', 'inspectTargets', 'aborted', /during admit, before anything changed/],
    ['whose gates run', 'runGate', 'aborted', /during gates, before anything changed/],
    ['whose image is built', 'buildImage', 'aborted', /during image, before anything changed/],
    ['that looks at what runs', 'captureBaseline', 'aborted', /aborted by ann: wrong commit/],
    ['that registers its revision', 'registerRevision', 'aborted', /aborted by ann: wrong commit/],
    ['that updates the service', 'updateService', 'rolled-back', /aborted by ann.*runs shop:1 again and is healthy/],
    ['that becomes stable', 'awaitStable', 'rolled-back', /aborted by ann.*runs shop:1 again and is healthy/],
    ['that is asked whether it is healthy', 'checkHealth', 'rolled-back', /aborted by ann.*runs shop:1 again/],
  ])('%s (%s): %s', async (_what, effect, outcome, cause) => {
    const asked = bench.world.count(effect);
    let once = false;
    const usual = { healthy: true, cause: 'it answers' };
    // The first call only: what comes after it belongs to the way back.
    const stuck = (): unknown => (once ? Promise.resolve(usual) : ((once = true), untilCancelled()));
    bench.world.on({ [effect]: stuck });
    const handle = await bench.start(freshRequest());
    await waitFor(effect, () => bench.world.count(effect) > asked);
    await handle.executeUpdate('abort', { args: [ann] });
    // A second one changes nothing, whoever sends it.
    await handle.signal('abort', { by: 'bob', reason: 'me too' });
    const end = await outcomeOf(handle);
    expect(end).toMatchObject({ outcome, cause: expect.stringMatching(cause) as string });
    expect(end.cause).not.toContain('bob');
    expect(bench.world.count('beginReturn')).toBe(outcome === 'rolled-back' ? 1 : 0);
  });

  it('that waits for approval', async () => {
    bench.world.on({
      admit: async ({ commit, project }) =>
        plan({
          ...{ commit, project },
          environments: [environmentSpec({ approval: { minimum: 1, expiresMs: 60_000 } })],
        }),
    });
    const handle = await bench.start(freshRequest());
    await waitFor('the question', async () => (await statusOf(handle)).waitingForApproval);
    await handle.executeUpdate('abort', { args: [ann] });
    expect((await outcomeOf(handle)).outcome).toBe('aborted');
  });

  it('that waits for its turn, and leaves the one in flight alone', async () => {
    const rollout = held<Stable>();
    bench.world.on({ awaitStable: rollout.effect });
    const first = freshRequest();
    const one = await bench.start(first);
    await rollout.begun;
    const two = await bench.start(anotherCommit(first));
    await waitFor('its place', async () =>
      (await statusOf(two)).phases.some(({ detail }) => detail.startsWith('position 1')),
    );
    await two.executeUpdate('abort', { args: [ann] });
    expect((await outcomeOf(two)).outcome).toBe('aborted');
    rollout.finish(STABLE);
    expect((await outcomeOf(one)).outcome).toBe('released');
  });
});

describe('an abort of a release that is being rolled back by itself', () => {
  /** Its deployment failed, and the service is on its way back. */
  async function returning(): Promise<{ handle: WorkflowHandle; project: string; finish: () => void }> {
    const back = held<{ kind: 'returned' }>();
    bench.world.on({
      awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }),
      awaitReturned: back.effect,
    });
    const request = freshRequest();
    const handle = await bench.start(request);
    await back.begun;
    return { handle, project: request.project, finish: () => back.finish({ kind: 'returned' }) };
  }

  it('is refused with the reason', async () => {
    const { handle, finish } = await returning();
    await expect(abort(client(), { workflowId: handle.workflowId }, ann)).rejects.toMatchObject({
      exitCode: 16,
      message: 'it is being rolled back already (api: exit code 1), and a rollback is not aborted: it ends by itself',
    });
    finish();
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'rolled-back',
      cause: expect.stringContaining('api: exit code 1. api runs shop:1 again and is healthy') as string,
    });
  });

  it('by signal changes nothing', async () => {
    const { handle, finish } = await returning();
    await handle.signal('abort', ann);
    finish();
    const { outcome, cause } = await outcomeOf(handle);
    expect(outcome).toBe('rolled-back');
    expect(cause).not.toContain('ann');
    expect(bench.world.count('beginReturn')).toBe(1);
  });

  it('is refused by its deployment, too, when the release is gone', async () => {
    const { handle, project, finish } = await returning();
    await handle.terminate('by the test');
    const id = deploymentId(project, 'production');
    // Visibility may lag behind.
    await waitFor('the refusal', async () => {
      const refusal = await abort(client(), { workflowId: handle.workflowId }, ann).catch((error: unknown) => error);
      return refusal instanceof Error && refusal.message.startsWith(`${id}: it is being rolled back already`);
    });
    finish();
    await expect(client().workflow.getHandle(id).result()).rejects.toMatchObject({ cause: { type: 'rolled-back' } });
  });
});

describe('an abort of a rollback by hand', () => {
  async function released(): Promise<string> {
    const first = freshRequest();
    expect((await outcomeOf(await bench.start(first))).outcome).toBe('released');
    return first.project;
  }

  it.each<keyof Effects>(['inspectRollback', 'lookBeforeRollback', 'deployVerified', 'awaitStable', 'checkHealth'])(
    'while it is in %s is refused, and so is a cancel request',
    async (effect) => {
      const project = await released();
      const going = held<null>();
      const answer = quick[effect] as (...given: unknown[]) => unknown;
      bench.world.on({
        [effect]: async (...given: unknown[]) => {
          await going.effect();
          return answer(...given);
        },
      });
      const { workflowId } = await startRollback(client(), {
        ...{ project, environment: 'production', to: 'previous-good', reason: 'it fails', actor: 'ann' },
      });
      await going.begun;
      await expect(abort(client(), { workflowId }, ann)).rejects.toMatchObject({
        exitCode: 16,
        message: ROLLBACK_IS_NOT_ABORTED,
      });
      const handle = client().workflow.getHandle(workflowId);
      await handle.signal('abort', ann);
      await handle.cancel();
      const status = await handle.query<ReleaseStatus>('status');
      if (status.deploying) {
        const deployment = client().workflow.getHandle(status.deploying.deploymentId);
        await deployment.signal('abort', { ...ann, requestId: status.deploying.requestId });
        expect((await deployment.query<DeploymentStatus>('status')).noAbort).toBe(ROLLBACK_IS_NOT_ABORTED);
      }
      going.finish(null);
      expect(await outcomeOf(handle)).toMatchObject({ outcome: 'released' });
      expect(bench.world.count('beginReturn')).toBe(0);
    },
  );
});

/** What the effects answer when nobody holds them. */
const quick: Partial<Effects> = {
  inspectRollback: async () => ({ findings: [], imageReference: 'registry/shop@sha256:1' }),
  lookBeforeRollback: async () => ({ kind: 'stands', baseline: null }),
  deployVerified: async ({ target, taskDefinitionArn }) => ({
    ...{ service: target.service.service, taskDefinitionArn, deploymentId: 'ecs-svc/1' },
  }),
  awaitStable: async () => STABLE,
  checkHealth: async () => ({ healthy: true, cause: 'it answers' }),
};

it('every history of this file replays', async () => {
  await replayAll(client());
});
