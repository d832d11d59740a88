import type { StartedRelease } from '../../../client/start-release';
import type { Hold } from './held-calls';
import type { Defect, Shop, ShopOptions } from './shop';
import type { ServedStage } from './stage';

/** One release of one shop, before and while it runs. */
export interface Scene {
  stage: ServedStage;
  shop: Shop;
  commit: string;
  started: () => StartedRelease;
  /** Holds a call about this shop. */
  hold: (hold: Omit<Hold, 'about'>) => Moment;
}

/** A point on the road of a release at which it is held. */
export interface Moment {
  reached: () => boolean | Promise<boolean>;
  /** Lets the release go on. */
  release: () => unknown;
}

export interface Case {
  defect?: Defect;
  options?: ShopOptions;
  /** Called before the release is started. */
  prepare: (scene: Scene) => Moment;
}

const waitsForApproval = async ({ stage, started }: Scene): Promise<boolean> =>
  (await stage.releases.status(started())).waitingForApproval !== undefined;

const approve = ({ stage, started }: Scene) => stage.releases.approve(started(), { by: 'ben@example.com' });

const whenItRolls = ({ stage, shop, hold }: Scene): Moment =>
  hold({ action: 'ListTasks', moment: 'before', when: () => stage.account.updatesOf(shop.name) > 0 });

/** The middle of each phase before an environment is touched. */
export const BEFORE_DEPLOYMENT = {
  admit: { prepare: ({ hold }) => hold({ action: 'DescribeServices', moment: 'before' }) },
  gates: {
    prepare({ shop }) {
      shop.closeGate();
      return { reached: () => shop.gateRuns() > 0, release: () => shop.openGate() };
    },
  },
  'image, when it was pushed': {
    prepare: ({ stage, shop, commit, hold }) =>
      hold({
        action: 'DescribeImages',
        moment: 'before',
        when: () => stage.account.pushesOf(shop.name, commit) > 0,
      }),
  },
  approval: {
    options: { approval: true },
    prepare: (scene) => ({ reached: () => waitsForApproval(scene), release: () => approve(scene) }),
  },
} satisfies Record<string, Case>;

/** The middle of each phase of a deployment, and of the ways in which one fails. */
export const IN_DEPLOYMENT = {
  baseline: {
    // The approval marks the point from which on the service is looked at in its turn.
    options: { approval: true },
    prepare(scene) {
      let approved = false;
      const held = scene.hold({ action: 'DescribeServices', moment: 'before', when: () => approved });
      return {
        ...held,
        async reached() {
          if (!approved && (await waitsForApproval(scene))) {
            approved = true;
            await approve(scene);
          }
          return held.reached();
        },
      };
    },
  },
  'update, when the revision was registered': {
    prepare: ({ hold }) => hold({ action: 'RegisterTaskDefinition', moment: 'after' }),
  },
  'update, when the service was updated': {
    prepare: ({ hold }) => hold({ action: 'UpdateService', moment: 'after' }),
  },
  stable: { prepare: whenItRolls },
  healthy: {
    prepare({ shop, commit }) {
      shop.mute(commit);
      return { reached: () => shop.wasAsked(commit), release: () => shop.unmute(commit) };
    },
  },
  'stable, of a commit that never becomes healthy': { defect: 'sick', prepare: whenItRolls },
  'rollback, when the service was updated to its baseline': {
    defect: 'mute',
    options: { healthWithin: '2s' },
    prepare: ({ stage, shop, hold }) =>
      hold({ action: 'UpdateService', moment: 'after', when: () => stage.account.updatesOf(shop.name) > 1 }),
  },
} satisfies Record<string, Case>;
