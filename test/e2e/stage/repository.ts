import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIT_LIMIT_MS = 30_000;

/** A real Git repository with the branch `main`. */
export interface Repository {
  path: string;
  /** Writes the files, by their paths, and commits them; answers the full commit. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  git(...args: string[]): Promise<string>;
}

export async function openRepository(directory: string): Promise<Repository> {
  await mkdir(directory, { recursive: true });
  const git: Repository['git'] = async (...args) => {
    const { stdout } = await run('git', args, { cwd: directory, timeout: GIT_LIMIT_MS, env: environment(directory) });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    path: directory,
    git,
    async commit(files) {
      for (const [file, content] of Object.entries(files)) await writeFile(path.join(directory, file), content);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', 'A change');
      return git('rev-parse', 'HEAD');
    },
  };
}

/** Nobody's own configuration, hooks or signing key has a part in this. */
function environment(directory: string): NodeJS.ProcessEnv {
  const [name, email] = ['Ann', 'ann@example.com'];
  return {
    PATH: process.env['PATH'],
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email },
    ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
  };
}
