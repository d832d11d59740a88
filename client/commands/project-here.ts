import { configAt, resolveCommit, topLevel } from '../local-repository';
import type { CliDeps } from './deps';

export const PROJECT_OPTION = 'whose environment (default: the project of release.yml at HEAD)';

/** The project of the repository around. Throws a ClientError (exit 2) where there is none. */
export async function projectHere({ cwd }: Pick<CliDeps, 'cwd'>): Promise<string> {
  const top = await topLevel(cwd);
  return (await configAt(top, await resolveCommit(top))).project;
}
