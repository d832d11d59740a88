import path from 'node:path';
import type { Releases } from '../../../client/releases';
import type { ReleaseOutcome } from '../../../model/outcome';
import { openRepository } from '../../e2e/stage/repository';
import { outcomeOf } from '../../e2e/stage/stage';
import type { Account } from './account';
import { CLUSTER, program, releaseFile } from './files';

/** A Git repository, and the service of the same name that it is released to: somebody deployed it by hand. */
export interface Project {
  name: string;
  /** A file of commits that are not healthy. */
  sick: string;
  /** Commits the program; answers the full commit. */
  commit(program: string): Promise<string>;
  pushIndex(commit: string): Promise<void>;
  /** Releases a commit, and answers how that ended. */
  release(commit: string): Promise<ReleaseOutcome>;
  /** Stops its tasks, which would only be in the way of others. */
  rest(): Promise<void>;
}

export interface ProjectPlace {
  account: Account;
  releases: Releases;
  /** Holds the repositories. */
  directory: string;
  sick: string;
}

export async function openProject(
  { account, releases, directory, sick }: ProjectPlace,
  name: string,
): Promise<Project> {
  const [image, repository] = await Promise.all([account.pushByHand(name), openRepository(path.join(directory, name))]);
  await account.deployByHand(name, image);
  await repository.commit({ 'release.yml': releaseFile(name, sick), 'main.sh': program('first') });
  return {
    name,
    sick,
    commit: (text) => repository.commit({ 'main.sh': text }),
    pushIndex: (commit) => account.pushIndex(name, commit),
    async release(commit) {
      const asked = { purpose: 'release' as const, project: name, repository: repository.path, commit };
      const started = await releases.start({ ...asked, environments: [], event: 'manual', actor: 'ann@example.com' });
      return outcomeOf(releases, started);
    },
    async rest() {
      await account.ecs('UpdateService', { cluster: CLUSTER, service: name, desiredCount: 0 });
    },
  };
}
