import { holdBy, resolve, resume, whyNoHold, whyNoResolve, whyNoResume } from '../../model/environment-hold';
import { nextStep } from '../../model/environment-line';
import { breakGlass, whyNoBreakGlass } from '../../model/environment-queue';
import type { DeploymentOutcomeName } from '../../model/messages';
import type { FreezeWindow, QueuePolicy } from '../../model/plan';
import { HOUR_MS, NOW, request } from './environment-samples';
import { World } from './environment-world';
import { seeded } from './random';
import type { Random } from './random';

/** More by `SLUICE_SEEDS`; one again by `SLUICE_SEED`. */
const RUNS = Number(process.env['SLUICE_SEEDS'] ?? 100);
const STEPS = 120;
const SEEDS =
  process.env['SLUICE_SEED'] === undefined
    ? Array.from({ length: RUNS }, (_, index) => index + 1)
    : [Number(process.env['SLUICE_SEED'])];

const LOCAL_MINUTE = 16;
/** A few hours around now, one after the other. */
const WINDOWS: FreezeWindow[] = [1, 5, 9].map((hour) => ({
  kind: 'dated',
  from: new Date(NOW + hour * HOUR_MS).toISOString().slice(0, LOCAL_MINUTE),
  until: new Date(NOW + (hour + 2) * HOUR_MS).toISOString().slice(0, LOCAL_MINUTE),
  timeZone: 'UTC',
  reason: 'a busy hour',
}));

interface Case {
  policies: QueuePolicy[];
  environmentMayBeTerminated: boolean;
}

type Event = (world: World, random: Random) => void;

function events({ policies, environmentMayBeTerminated }: Case): Event[] {
  let asked = 0;
  const anyId = (world: World, random: Random): string => random.pick([...world.askers.keys()]) ?? '';
  const loop: Event = (world) => void world.step();
  const by = { by: 'ann', reason: 'x' };
  return [
    loop,
    loop,
    loop,
    loop,
    (world) => void world.errand(),
    (world) => world.continueAsNew(),
    (world, random) => {
      asked += 1;
      const spec = { queue: random.pick(policies) ?? 'queue', ...(random.chance(0.3) && { freeze: WINDOWS }) };
      const isRollback = random.chance(0.1);
      const rollback = { rollback: { taskDefinitions: {}, reason: 'broken' } };
      // Numbers of the same length are in their order as text; some commits are older than those that came before.
      const commit = `${random.whole(3) === 0 ? 100 + random.whole(asked) : 100 + asked}`;
      world.ask(request(`r${asked}`, { commit, releaseId: `r${asked}`, ...(isRollback && rollback) }, spec));
    },
    // Asking again is harmless.
    (world, random) => {
      const asker = world.askers.get(anyId(world, random));
      if (asker) world.ask(asker.request);
    },
    (world, random) => random.chance(0.3) && world.giveUp(anyId(world, random)),
    (world, random) => {
      const asker = world.askers.get(anyId(world, random));
      if (asker && random.chance(0.3)) asker.alive = false;
    },
    (world, random) => {
      const until = world.now + random.whole(4) * HOUR_MS;
      const hold = { ...by, ...(random.chance(0.5) && { until }) };
      if (random.chance(0.3) && whyNoHold(world.data, hold, world.now) === undefined)
        world.data = holdBy(world.data, hold, world.now);
    },
    (world) => {
      if (whyNoResume(world.data, by, world.now) === undefined) world.data = resume(world.data);
    },
    (world) => {
      if (whyNoResolve(world.data, by, world.now) === undefined) world.data = resolve(world.data);
    },
    (world, random) => {
      const opened = { requestId: anyId(world, random), ...by };
      if (random.chance(0.2) && whyNoBreakGlass(world.data, opened, world.now) === undefined)
        world.data = breakGlass(world.data, opened);
    },
    (world, random) => {
      world.now += random.whole(2 * HOUR_MS);
    },
    (world, random) => {
      const taken = world.deployment?.aborted ?? false;
      const ends: (DeploymentOutcomeName | 'cut-off')[] = taken
        ? ['rolled-back', 'aborted', 'rollback-failed']
        : ['released', 'released', 'rolled-back', 'superseded', 'undetermined', 'rollback-failed'];
      // Nobody could tell the release of a cut-off deployment when its environment is gone, too.
      if (!environmentMayBeTerminated) ends.push('cut-off');
      world.endDeployment(random.pick(ends) ?? 'released');
    },
    ...(environmentMayBeTerminated ? [terminate] : []),
  ];
}

/** Whoever is in flight then asks the next environment, or gives up there, before that has looked. */
function terminate(world: World, random: Random): void {
  if (!random.chance(0.3)) return;
  world.terminateEnvironment();
  if (!world.deployment) return;
  const { request: flying } = world.deployment;
  if (random.chance(0.5)) world.ask(flying);
  if (random.chance(0.3)) world.giveUp(flying.requestId);
}

/** Once nothing stops the line, everything comes to its end, and time goes on no further than the line itself says. */
function drain(world: World): void {
  for (let round = 0; round < 2_000; round += 1) {
    for (const { request: asked } of world.askers.values()) world.ask(asked);
    while (world.errand());
    while (world.step());
    if (world.deployment) {
      world.endDeployment('released');
      continue;
    }
    world.data = resume(resolve(world.data));
    const step = nextStep(world.data, world.now);
    if (step.kind !== 'wait' || world.data.errands.length > 0) continue;
    if (step.until !== undefined) world.now = step.until;
    else if (world.data.queue.length === 0) return;
    else break;
  }
  throw new Error(`something waits for ever: ${JSON.stringify(world.data.queue.map(({ requestId }) => requestId))}`);
}

function check(world: World, { environmentMayBeTerminated }: Case): void {
  expect(new Set(world.startedIds).size).toBe(world.startedIds.length);
  for (const [requestId, { alive, heard }] of world.askers) {
    if (!alive) continue;
    expect([requestId, heard.map(({ outcome }) => outcome)]).toEqual([requestId, [expect.any(String)]]);
  }
  if (environmentMayBeTerminated) return;
  const numberOf = (requestId: string): number => Number(requestId.slice(1));
  const all = world.startedIds.map((requestId) => world.askers.get(requestId)!.request);
  const opened = new Set(world.data.recent.filter(({ breakGlass: by }) => by).map(({ requestId }) => requestId));
  for (const line of [
    all.filter(({ rollback }) => rollback),
    all.filter(({ rollback, requestId }) => !rollback && !opened.has(requestId)),
  ]) {
    const order = line.map(({ requestId }) => numberOf(requestId));
    expect(order).toEqual([...order].sort((one, other) => one - other));
  }
}

describe.each<[string, Case]>([
  ['queue', { policies: ['queue'], environmentMayBeTerminated: false }],
  ['latest', { policies: ['latest'], environmentMayBeTerminated: false }],
  ['reject', { policies: ['reject'], environmentMayBeTerminated: false }],
  ['all policies mixed', { policies: ['queue', 'latest', 'reject'], environmentMayBeTerminated: false }],
  [
    'an environment that is terminated again and again',
    { policies: ['queue', 'latest'], environmentMayBeTerminated: true },
  ],
])(`whatever happens in whatever order, with %s`, (_what, given) => {
  it('never two at once, nothing twice, nobody lost, nothing for ever, the order kept', () => {
    let startedAtAll = 0;
    for (const seed of SEEDS) {
      const random = seeded(seed);
      const world = new World(random);
      const all = events(given);
      try {
        for (let step = 0; step < STEPS; step += 1) random.pick(all)?.(world, random);
        drain(world);
        check(world, given);
      } catch (error) {
        throw new Error(
          `seed ${seed} (SLUICE_SEED=${seed}): ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
      }
      startedAtAll += world.startedIds.length;
    }
    // A world in which nothing happens would prove nothing.
    expect(startedAtAll).toBeGreaterThan(SEEDS.length);
  });
});
