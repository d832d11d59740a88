import path from 'node:path';
import { waitFor } from '../helpers/wait-for';
import { processesWith } from './stage/processes';
import type { SluiceProcess } from './stage/processes';
import type { Shop } from './stage/shop';
import { BY_HAND } from './stage/shop';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close(), 60_000);

const stateOf = (shop: Shop): string => path.join(stage.directory, 'state', shop.name);

const run = (shop: Shop, commit: string): Promise<SluiceProcess> =>
  stage.sluice(['run', '--commit', commit, '--state', stateOf(shop)], shop.repository);

/** Presses Ctrl-C once, and waits for the answer to it. */
async function interrupt(program: SluiceProcess, answer: string): Promise<void> {
  program.signal('SIGINT');
  await waitFor(`the answer "${answer}"`, () => program.output().includes(answer));
}

describe('SIGINT to `sluice run`', () => {
  it('in mid-rollout only says that the deployment goes on, and it does', async () => {
    const shop = await stage.shop('goes-on');
    const commit = shop.commit();
    shop.mute(commit);
    const program = await run(shop, commit);
    await waitFor('a rollout in flight', () => shop.wasAsked(commit), 60_000);

    await interrupt(program, 'The deployment to production is in flight and is not cut off: it goes on');
    shop.unmute(commit);
    expect(await program.exited).toBe(0);
    expect(program.output()).not.toContain('Aborting');
    expect(await shop.answer()).toBe(commit);
    expect(await shop.history()).toMatchObject({ updates: 1, stops: 0 });
    expect(await processesWith(stateOf(shop))).toEqual([]);
  }, 120_000);

  it('for a second time in mid-rollout rolls back, and later ones do not disturb that', async () => {
    const shop = await stage.shop('turns-back');
    const commit = shop.commit();
    shop.mute(commit);
    const program = await run(shop, commit);
    await waitFor('a rollout in flight', () => shop.wasAsked(commit), 60_000);

    await interrupt(program, 'Press Ctrl-C again to abort it now');
    await interrupt(program, 'Aborting: what has changed is rolled back.');
    await interrupt(program, 'It is being ended already');
    expect(await program.exited).toBe(20);
    expect(await shop.answer()).toBe(BY_HAND);
    expect(await shop.history()).toMatchObject({ updates: 2, stops: 0 });
    expect(await processesWith(stateOf(shop))).toEqual([]);
  }, 120_000);

  it('while gates run aborts at once, and leaves no process of theirs', async () => {
    const shop = await stage.shop('stops');
    shop.closeGate();
    const program = await run(shop, shop.commit());
    await waitFor('a gate that runs', () => shop.gateRuns() > 0, 60_000);

    await interrupt(program, 'Aborting: nothing has changed yet.');
    expect(await program.exited).toBe(15);
    expect(await processesWith(shop.mark)).toEqual([]);
    expect(await processesWith(stateOf(shop))).toEqual([]);
    expect(await shop.history()).toMatchObject({ updates: 0, revisions: [] });
  }, 120_000);
});
