import type { ReleaseEnd } from '../../../client/release-end';
import type { StartedRelease } from '../../../client/start-release';
import { waitFor } from '../../helpers/wait-for';
import type { History } from './account';
import type { Case, Moment, Scene } from './moments';
import { BY_HAND } from './shop';
import type { ServedStage } from './stage';

const REACH_LIMIT_MS = 120_000;
const END_LIMIT_MS = 150_000;

/** Releases of different shops, each held at its moment: one fault then hits them all, each in another phase. */
export interface Ensemble {
  scene(name: string): Scene;
  /** Lets all go on. */
  release(): Promise<void>;
  /** Waits until all have ended. */
  finish(): Promise<void>;
  /** The end is the one that the release would have had without any fault; the service itself is asked, too. */
  expectUsualEnd(name: string): Promise<void>;
  /** One image, one revision, one deployment at a time, whatever was repeated. */
  expectNothingTwice(name: string): void;
}

/** Starts one release for each case, and resolves when each is at its moment. */
export async function gather(stage: ServedStage, cases: Readonly<Record<string, Case>>): Promise<Ensemble> {
  const playing = await Promise.all(
    Object.entries(cases).map(
      async ([name, play], index) => [name, await begin(stage, `shop-${index}`, play)] as const,
    ),
  );
  await Promise.all(
    playing.map(([name, { moment }]) => waitFor(`a release in the middle of ${name}`, moment.reached, REACH_LIMIT_MS)),
  );
  const plays = new Map(playing);
  const of = (name: string): Play => {
    const play = plays.get(name);
    if (play === undefined) throw new Error(`no release was started for ${name}`);
    return play;
  };
  const endOf = (name: string): ReleaseEnd => {
    const { end } = of(name);
    if (end === undefined) throw new Error(`the release of ${name} has not ended`);
    return end;
  };
  const historyOf = (name: string): History => {
    const { history } = of(name);
    if (history === undefined) throw new Error(`the release of ${name} has not ended`);
    return history;
  };

  return {
    scene: (name) => of(name).scene,
    release: async () => {
      await Promise.all([...plays.values()].map(async ({ moment }) => moment.release()));
    },
    finish: async () => {
      await Promise.all(
        [...plays.values()].map(async (play) => {
          play.end = await stage.releases.awaitOutcome(play.started, { signal: AbortSignal.timeout(END_LIMIT_MS) });
          play.history = await play.scene.shop.history();
        }),
      );
    },
    async expectUsualEnd(name) {
      const { defect, scene } = of(name);
      const outcome = defect === 'none' ? 'released' : 'rolled-back';
      expect(endOf(name)).toMatchObject({ terminated: false, outcome: { outcome } });
      expect(await scene.shop.answer()).toBe(defect === 'none' ? scene.commit : BY_HAND);
    },
    expectNothingTwice(name) {
      const { defect, scene } = of(name);
      const { revisions, updates, stops, deployments } = historyOf(name);
      expect(stage.account.pushesOf(scene.shop.name, scene.commit)).toBe(1);
      expect(revisions).toHaveLength(1);
      // A sick commit is taken back in flight, by ECS or at our word; one that ECS is content with by a second update.
      expect(updates).toBe(defect === 'mute' ? 2 : 1);
      expect(stops).toBeLessThanOrEqual(defect === 'sick' ? 1 : 0);
      expect(deployments).toHaveLength(1 + updates);
      expectOneAtATime(deployments);
    },
  };
}

interface Play {
  scene: Scene;
  defect: NonNullable<Case['defect']>;
  moment: Moment;
  started: StartedRelease;
  end?: ReleaseEnd;
  history?: History;
}

async function begin(stage: ServedStage, name: string, { defect = 'none', options, prepare }: Case): Promise<Play> {
  const shop = await stage.shop(name, options);
  const commit = shop.commit(defect);
  const run: { started?: StartedRelease } = {};
  const scene: Scene = {
    stage,
    shop,
    commit,
    started: () => {
      if (run.started === undefined) throw new Error(`the release of ${name} has not been started`);
      return run.started;
    },
    hold: (hold) => stage.account.hold({ ...hold, about: name }),
  };
  const moment = prepare(scene);
  const started = await stage.releases.start(shop.request(commit));
  run.started = started;
  return { scene, defect, moment, started };
}

/** None was begun before the one before it had come to its own end, and none was pushed aside. */
export function expectOneAtATime(deployments: History['deployments']): void {
  const overlaps = deployments.filter(({ createdAt }, index) => {
    const before = deployments[index - 1];
    return before !== undefined && createdAt < (before.finishedAt ?? Infinity);
  });
  expect(overlaps).toEqual([]);
  expect(deployments.map(({ status }) => status)).not.toContain('STOPPED');
}
