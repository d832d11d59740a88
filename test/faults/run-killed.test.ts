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

const stateOf = (shop: Shop): string => path.join(stage.directory, 'state', shop.name);

/** Releases a commit as one CI runner would, which is killed in mid-rollout and leaves nothing of its state. */
async function beKilledInMidRollout(shop: Shop, commit: string): Promise<void> {
  const state = stateOf(shop);
  const run = await stage.sluice(['run', '--commit', commit, '--state', state], shop.repository);
  await waitFor('a rollout in flight', () => stage.account.updatesOf(shop.name) > 0, 120_000);
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
  name: string;
  defect: Defect;
  options: ShopOptions;
}

/** How ECS sees the broken commit while nobody of ours is there. */
const VARIANTS: Variant[] = [
  {
    what: 'ECS is content with it',
    name: 'content',
    defect: 'mute',
    options: { healthWithin: '5s' },
  },
  {
    what: 'ECS takes it back by its circuit breaker',
    name: 'breaker',
    defect: 'sick',
    options: { healthWithin: '5s' },
  },
  {
    what: 'ECS rolls it for ever, without a circuit breaker',
    name: 'for-ever',
    defect: 'sick',
    options: { healthWithin: '5s', circuitBreaker: false },
  },
];

/** The next commit of each shop, and how its release must end. */
const NEXT = { good: 'released', 'broken too': 'rolled-back' } as const;
type Kind = keyof typeof NEXT;

interface Aftermath {
  shop: Shop;
  broken: string;
  next: string;
  code: number;
  output: string;
}

const aftermaths = new Map<string, Aftermath>();

/** All at once: they share the machine, and nothing else. */
beforeAll(async () => {
  stage = await openStage();
  const plays = VARIANTS.flatMap((variant) => (Object.keys(NEXT) as Kind[]).map((kind) => play(variant, kind)));
  for (const aftermath of await Promise.all(plays)) aftermaths.set(aftermath.shop.name, aftermath);
}, 300_000);
afterAll(() => stage.close(), 60_000);

describe.each(VARIANTS)('`kill -9` of `sluice run` while it releases a broken commit: $what', (variant) => {
  it.each(Object.entries(NEXT) as [Kind, (typeof NEXT)[Kind]][])(
    'the next commit, which is %s, ends %s, from the baseline before the broken one',
    async (kind, outcome) => {
      const { shop, broken, next, code, output } = aftermaths.get(shopName(variant, kind))!;
      expect({ code, output }).toEqual({ code: EXIT[outcome], output: expect.stringContaining(outcome) as string });
      expect(await shop.answer()).toBe(outcome === 'released' ? next : BY_HAND);
      const { revisions, deployments } = await shop.history();
      const first = deployments[0]?.taskDefinition;
      expect(revisions.map(({ tags }) => tags)).toMatchObject([
        { 'sluice:commit': broken, 'sluice:baseline': first },
        { 'sluice:commit': next, 'sluice:baseline': first },
      ]);
      expect(revisions.map(({ tags }) => 'sluice:verified' in tags)).toEqual([false, outcome === 'released']);
      expectOneAtATime(deployments);
    },
  );
});

const shopName = ({ name }: Variant, kind: Kind): string => `${name}-${kind.replace(' ', '-')}`;

async function play(variant: Variant, kind: Kind): Promise<Aftermath> {
  const { defect, options } = variant;
  const shop = await stage.shop(shopName(variant, kind), options);
  const broken = shop.commit(defect);
  await beKilledInMidRollout(shop, broken);
  const next = shop.commit(kind === 'good' ? 'none' : defect);
  return { shop, broken, next, ...(await runNext(shop, next)) };
}
