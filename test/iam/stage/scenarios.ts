import { appendFile } from 'node:fs/promises';
import type { ReleaseOutcome } from '../../../model/outcome';
import { LAST_WORDS, program } from './files';
import type { Project } from './project';

/** How one release of a project ended, as far as a missing permission could show in it. */
export interface ScenarioEnd {
  outcome: ReleaseOutcome['outcome'];
  cause: string;
  /** Whether the cause tells what the failed task said. */
  tells: boolean;
}

export type Scenario = 'released' | 'stopped' | 'returned' | 'indexed';

/** Each begins from a service that somebody deployed by hand, and is one release. */
export const SCENARIOS: Readonly<
  Record<Scenario, { ends: Omit<ScenarioEnd, 'cause'>; prepare: (project: Project) => Promise<string> }>
> = {
  /** A full release: gates, build on a base image, push, revision, update, stable, healthy, verified. */
  released: {
    ends: { outcome: 'released', tells: false },
    prepare: (project) => project.commit(program('good')),
  },
  /** A deployment whose tasks fail: it is stopped in flight, and ECS rolls it back. */
  stopped: {
    ends: { outcome: 'rolled-back', tells: true },
    prepare: (project) => project.commit(program('bad', { dies: true })),
  },
  /** A deployment that ECS is content with, and that is not healthy: the service is returned by an update. */
  returned: {
    ends: { outcome: 'rolled-back', tells: false },
    async prepare(project) {
      const commit = await project.commit(program('sick'));
      await appendFile(project.sick, `${commit}\n`);
      return commit;
    },
  },
  /** A release of an image that is there already, as an index; tasks name the manifest of their platform. */
  indexed: {
    ends: { outcome: 'released', tells: false },
    async prepare(project) {
      const commit = await project.commit(program('indexed'));
      await project.pushIndex(commit);
      return commit;
    },
  },
};

export async function play(project: Project, scenario: Scenario): Promise<ScenarioEnd> {
  const { outcome, cause } = await project.release(await SCENARIOS[scenario].prepare(project));
  return { outcome, cause, tells: cause.includes(LAST_WORDS) };
}
