import { rm } from 'node:fs/promises';
import path from 'node:path';
import { waitFor } from '../helpers/wait-for';
import { expectOneAtATime } from './stage/ensemble';
import { processesWith } from './stage/processes';
import type { Defect, Shop, ShopOptions } from './stage/shop';
import { BY_HAND } from './stage/shop';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

const EXIT = { released: 0, 'rolled-back': 20 } as const;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close(), 60_000);

const stateOf = (shop: Shop): string => path.join(stage.directory, 'state', shop.name);

/** Releases a commit as one CI runner would, which is killed in mid-rollout and leaves nothing of its state. */
async function beKilledInMidRollout(shop: Shop, commit: string, reached: () => boolean): Promise<void> {
  const state = stateOf(shop);
  const run = await stage.sluice(['run', '--commit', commit, '--state', state], shop.repository);
  await waitFor('a rollout in flight', reached, 60_000);
  run.signal('SIGKILL');
  await run.exited;
  await waitFor('the end of its Temporal server, and of all else', async () => {
    const left = await processesWith(state);
    return left.length === 0;
  });
  await rm(state, { recursive: true });
}

/** Releases a commit as the next runner would, which knows nothing; answers the exit code. */
async function runNext(shop: Shop, commit: string): Promise<{ code: number; output: string }> {
  const run = await stage.sluice(['run', '--commit', commit, '--state', stateOf(shop)], shop.repository);
  return { code: await run.exited, output: run.output() };
}

interface Variant {
  what: string;
  defect: Defect;
  options: ShopOptions;
}

/** How ECS sees the broken commit while nobody of ours is there. */
const VARIANTS: Variant[] = [
  {
    what: 'ECS is content with it',
    defect: 'mute',
    options: { healthWithin: '3s' },
  },
  {
    what: 'ECS takes it back by its circuit breaker',
    defect: 'sick',
    options: { healthWithin: '3s', stableWithin: '20s' },
  },
  {
    what: 'ECS rolls it for ever, without a circuit breaker',
    defect: 'sick',
    options: { healthWithin: '3s', stableWithin: '20s', circuitBreaker: false },
  },
];

describe.each(VARIANTS)('`kill -9` of `sluice run` while it releases a broken commit: $what', ({ defect, options }) => {
  it.each<['good' | 'broken too', Defect, keyof typeof EXIT]>([
    ['good', 'none', 'released'],
    ['broken too', defect, 'rolled-back'],
  ])(
    'the next commit, which is %s, ends as it should, from the baseline before the broken one',
    async (kind, next, outcome) => {
      const shop = await stage.shop(`${defect}-${options.circuitBreaker ?? true}-${kind.replace(' ', '-')}`, options);
      const broken = shop.commit(defect);
      await beKilledInMidRollout(shop, broken, () => stage.account.updatesOf(shop.name) > 0);
      const commit = shop.commit(next);

      const { code, output } = await runNext(shop, commit);
      expect({ code, output }).toEqual({ code: EXIT[outcome], output: expect.stringContaining(outcome) as string });
      expect(await shop.answer()).toBe(outcome === 'released' ? commit : BY_HAND);
      const { revisions, deployments } = await shop.history();
      expect(revisions.map(({ tags }) => tags)).toMatchObject([
        { 'sluice:commit': broken, 'sluice:baseline': deployments[0]?.taskDefinition },
        { 'sluice:commit': commit, 'sluice:baseline': deployments[0]?.taskDefinition },
      ]);
      expect(revisions.map(({ tags }) => 'sluice:verified' in tags)).toEqual([false, outcome === 'released']);
      expectOneAtATime(deployments);
    },
    180_000,
  );
});
