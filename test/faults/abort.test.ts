import path from 'node:path';
import type { ReleaseEnd } from '../../client/release-end';
import type { StartedRelease } from '../../client/start-release';
import { waitFor } from '../helpers/wait-for';
import { expectOneAtATime } from './stage/ensemble';
import { processesWith } from './stage/processes';
import type { Shop } from './stage/shop';
import { BY_HAND } from './stage/shop';
import type { ServedStage } from './stage/stage';
import { openServedStage } from './stage/stage';

const END_LIMIT_MS = 60_000;

let stage: ServedStage;
beforeAll(async () => {
  stage = await openServedStage();
  await stage.startWorker();
}, 60_000);
afterAll(() => stage.close(), 60_000);

const start = (shop: Shop, commit: string): Promise<StartedRelease> => stage.releases.start(shop.request(commit));

const endOf = (started: StartedRelease): Promise<ReleaseEnd> =>
  stage.releases.awaitOutcome(started, { signal: AbortSignal.timeout(END_LIMIT_MS) });

async function abort(started: StartedRelease): Promise<ReleaseEnd> {
  await stage.releases.abort(started, { by: 'ben@example.com', reason: 'wrong commit' });
  return endOf(started);
}

const ended = (outcome: string, ...causes: string[]) => ({
  terminated: false,
  outcome: {
    outcome,
    cause: expect.stringMatching(['aborted by ben@example.com', ...causes, 'wrong commit'].join('.*')) as string,
  },
});

/** What gates, Git and builders run in: no process of a release is elsewhere. */
const children = (): Promise<string[]> => processesWith(path.join(stage.directory, 'worker', 'work'));

async function expectUntouched(shop: Shop): Promise<void> {
  expect(await shop.history()).toMatchObject({ updates: 0, revisions: [] });
  expect(await shop.answer()).toBe(BY_HAND);
}

describe('`abort`', () => {
  it('while gates run ends `aborted`, and takes their processes along', async () => {
    const shop = await stage.shop('in-gates');
    shop.closeGate();
    const commit = shop.commit();
    const started = await start(shop, commit);
    await waitFor('a gate that runs', () => shop.gateRuns() > 0);
    expect(await processesWith(shop.mark)).not.toEqual([]);

    expect(await abort(started)).toMatchObject(ended('aborted', 'during gates'));
    expect(await processesWith(shop.mark)).toEqual([]);
    expect(await children()).toEqual([]);
    expect(stage.account.pushesOf(shop.name, commit)).toBe(0);
    await expectUntouched(shop);
  });

  it('while the release waits for approval ends `aborted`', async () => {
    const shop = await stage.shop('in-approval', { approval: true });
    const started = await start(shop, shop.commit());
    await waitFor('a release that waits for approval', async () => {
      const { waitingForApproval } = await stage.releases.status(started);
      return waitingForApproval !== undefined;
    });

    expect(await abort(started)).toMatchObject(ended('aborted', 'waiting for approval'));
    await expectUntouched(shop);
  });

  it('while the release waits for its turn ends `aborted`, and the deployment in flight finishes', async () => {
    const shop = await stage.shop('in-queue');
    const first = shop.commit();
    shop.mute(first);
    const inFlight = await start(shop, first);
    await waitFor('a deployment in flight', () => shop.wasAsked(first));
    const waiting = await start(shop, shop.commit());
    await waitFor('a release in the queue', async () => {
      const { queue } = await stage.releases.environmentState(shop.name, 'production');
      return queue.length > 0;
    });

    expect(await abort(waiting)).toMatchObject(ended('aborted', 'waiting for its turn'));
    shop.unmute(first);
    expect(await endOf(inFlight)).toMatchObject({ outcome: { outcome: 'released' } });
    expect(await shop.history()).toMatchObject({ updates: 1, stops: 0, revisions: [expect.anything()] });
    expect(await shop.answer()).toBe(first);
  });

  it('while ECS rolls ends `rolled-back`: ECS is told to turn round', async () => {
    const shop = await stage.shop('in-rollout', { patient: true });
    const started = await start(shop, shop.commit('sick'));
    await waitFor('a rollout that is waited for', async () => {
      const { deployment } = await stage.releases.snapshot(started);
      return deployment?.phases.some(({ phase }) => phase === 'stable');
    });

    expect(await abort(started)).toMatchObject(ended('rolled-back'));
    const history = await shop.history();
    expect(history).toMatchObject({ updates: 1, stops: 1 });
    expect(history.deployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL']);
    expect(await shop.answer()).toBe(BY_HAND);
  });

  it('while the service is asked ends `rolled-back`: it is updated to its baseline', async () => {
    const shop = await stage.shop('in-health');
    const commit = shop.commit();
    shop.mute(commit);
    const started = await start(shop, commit);
    await waitFor('a service that is asked', () => shop.wasAsked(commit));

    expect(await abort(started)).toMatchObject(ended('rolled-back'));
    const history = await shop.history();
    expect(history).toMatchObject({ updates: 2, stops: 0 });
    expectOneAtATime(history.deployments);
    expect(await shop.answer()).toBe(BY_HAND);
    expect(await children()).toEqual([]);
  });
});
