import type { ReleaseEnd } from '../../client/release-end';
import type { StartedRelease } from '../../client/start-release';
import { waitFor } from '../helpers/wait-for';
import type { History } from './stage/account';
import type { Hold } from './stage/held-calls';
import { expectOneAtATime } from './stage/expectations';
import { processesWith } from './stage/processes';
import type { Defect, Shop, ShopOptions } from './stage/shop';
import { BY_HAND } from './stage/shop';
import type { ServedStage } from './stage/stage';
import { openServedStage } from './stage/stage';

/** Where a release stands when its worker is killed, and what lets it go on afterwards. */
interface Moment {
  reached: () => boolean | Promise<boolean>;
  release: () => unknown;
}

interface Scene {
  stage: ServedStage;
  shop: Shop;
  commit: string;
  started: () => StartedRelease;
  /** Holds a call about this shop. */
  hold: (hold: Omit<Hold, 'about'>) => Moment;
  approval: () => Promise<boolean>;
}

interface Case {
  defect?: Defect;
  options?: ShopOptions;
  /** Called before the release is started. */
  prepare: (scene: Scene) => Moment;
  /** UpdateService calls of the whole release: 1, and 1 more where it has to be taken back by hand. */
  updates: 1 | 2;
}

const approve = ({ stage, started }: Scene) => stage.releases.approve(started(), { by: 'ben@example.com' });

const CASES: Record<string, Case> = {
  admit: {
    prepare: ({ hold }) => hold({ action: 'DescribeServices', moment: 'before' }),
    updates: 1,
  },
  gates: {
    prepare({ shop }) {
      shop.closeGate();
      return { reached: () => shop.gateRuns() > 0, release: () => shop.openGate() };
    },
    updates: 1,
  },
  'image, when it was pushed': {
    prepare: ({ stage, shop, commit, hold }) =>
      hold({
        action: 'DescribeImages',
        moment: 'before',
        when: () => stage.account.pushesOf(shop.name, commit) > 0,
      }),
    updates: 1,
  },
  approval: {
    options: { approval: true },
    prepare: (scene) => ({ reached: scene.approval, release: () => approve(scene) }),
    updates: 1,
  },
  baseline: {
    options: { approval: true },
    prepare(scene) {
      let approved = false;
      const held = scene.hold({ action: 'DescribeServices', moment: 'before', when: () => approved });
      return {
        ...held,
        async reached() {
          if (!approved && (await scene.approval())) {
            approved = true;
            await approve(scene);
          }
          return held.reached();
        },
      };
    },
    updates: 1,
  },
  'update, when the revision was registered': {
    prepare: ({ hold }) => hold({ action: 'RegisterTaskDefinition', moment: 'after' }),
    updates: 1,
  },
  'update, when the service was updated': {
    prepare: ({ hold }) => hold({ action: 'UpdateService', moment: 'after' }),
    updates: 1,
  },
  stable: {
    prepare: ({ stage, shop, hold }) =>
      hold({ action: 'ListTasks', moment: 'before', when: () => stage.account.updatesOf(shop.name) > 0 }),
    updates: 1,
  },
  healthy: {
    prepare({ shop, commit, stage, started }) {
      shop.mute(commit);
      return {
        reached: async () => (await phasesOf(stage, started())).includes('healthy'),
        release: () => shop.unmute(commit),
      };
    },
    updates: 1,
  },
  'stable, of a commit that never becomes healthy': {
    defect: 'sick',
    prepare: ({ stage, shop, hold }) =>
      hold({ action: 'ListTasks', moment: 'before', when: () => stage.account.updatesOf(shop.name) > 0 }),
    updates: 1,
  },
  'rollback, when the service was updated to its baseline': {
    defect: 'mute',
    options: { healthWithin: '2s' },
    prepare: ({ stage, shop, hold }) =>
      hold({ action: 'UpdateService', moment: 'after', when: () => stage.account.updatesOf(shop.name) > 1 }),
    updates: 2,
  },
};

async function phasesOf({ releases }: ServedStage, started: StartedRelease): Promise<string[]> {
  const { deploying } = await releases.status(started);
  if (!deploying) return [];
  const { phases } = await releases.deploymentStatus(deploying.deploymentId);
  return phases.map(({ phase }) => phase);
}

interface Play extends Omit<Scene, 'started'> {
  moment: Moment;
  begin: StartedRelease;
  end: ReleaseEnd;
  history: History;
}

const plays = new Map<string, Play>();
const play = (name: string): Play => plays.get(name)!;
let orphans: string[];
let stage: ServedStage;

/** One release for each phase, all at once: they share the worker that is killed, and nothing else. */
beforeAll(async () => {
  stage = await openServedStage();
  await stage.startWorker();
  const running = await Promise.all(
    Object.entries(CASES).map(async ([name, { defect, options, prepare }], index) => {
      const shop = await stage.shop(`shop-${index}`, options);
      const commit = shop.commit(defect);
      let begin: StartedRelease | undefined;
      const scene: Scene = {
        stage,
        shop,
        commit,
        started: () => begin!,
        hold: (hold) => stage.account.hold({ ...hold, about: shop.name }),
        approval: async () => (await stage.releases.status(begin!)).waitingForApproval !== undefined,
      };
      const moment = prepare(scene);
      begin = await stage.releases.start(shop.request(commit));
      return { name, ...scene, moment, begin };
    }),
  );
  await Promise.all(
    running.map(({ name, moment }) => waitFor(`a release in the middle of ${name}`, moment.reached, 90_000)),
  );

  await stage.killWorker();
  const { shop } = running.find(({ name }) => name === 'gates')!;
  orphans = await waitFor("the end of the killed worker's gate", async () => {
    const left = await processesWith(shop.mark);
    return left.length === 0 && left;
  });
  const restarted = stage.startWorker();
  await Promise.all(running.map(async ({ moment }) => moment.release()));
  await restarted;
  await Promise.all(
    running.map(async ({ name, ...rest }) => {
      const end = await stage.releases.awaitOutcome(rest.begin, { signal: AbortSignal.timeout(120_000) });
      plays.set(name, { ...rest, end, history: await rest.shop.history() });
    }),
  );
}, 300_000);
afterAll(() => stage.close(), 60_000);

describe.each(Object.keys(CASES))('a worker killed in the middle of %s', (name) => {
  const { defect = 'none', updates } = CASES[name]!;

  it('does not change how the release ends', async () => {
    const { end, shop, commit } = play(name);
    const outcome = defect === 'none' ? 'released' : 'rolled-back';
    expect(end).toMatchObject({ terminated: false, outcome: { outcome } });
    expect(await shop.answer()).toBe(defect === 'none' ? commit : BY_HAND);
  });

  it('does nothing twice: one image, one revision, one deployment at a time', () => {
    const { shop, commit, history } = play(name);
    expect(stage.account.pushesOf(shop.name, commit)).toBe(1);
    expect(history.revisions).toHaveLength(1);
    expect(history.updates).toBe(updates);
    expect(history.stops).toBe(0);
    expect(history.deployments).toHaveLength(1 + updates);
    expectOneAtATime(history);
  });
});

it('leaves no process of its gates behind, and runs them again', () => {
  expect(orphans).toEqual([]);
  expect(play('gates').shop.gateRuns()).toBe(2);
});
