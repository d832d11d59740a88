import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../root';
import type { Edit } from './story';

const run = promisify(execFile);
const GIT_LIMIT_MS = 30_000;
/** In the example's release.yml: where the shop is reached. The demo's load balancer has a port of its own. */
const EXAMPLE_URL = 'http://localhost:8080';
const BUILDER = '  builder: pack\n';

export interface DemoRepository {
  path: string;
  /** Applies the edits and commits them; answers the full commit. */
  commit(subject: string, edits: readonly Edit[]): Promise<string>;
}

/** A real Git repository made of examples/shop-api, whose release.yml knows the shop at `url`, and builds on `base`. */
export async function createRepository(
  directory: string,
  { url, base }: { url: string; base?: string | undefined },
): Promise<DemoRepository> {
  await mkdir(directory, { recursive: true });
  await cp(path.join(PACKAGE_ROOT, 'examples', 'shop-api'), directory, {
    recursive: true,
    filter: (source) => path.basename(source) !== 'node_modules',
  });
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', args, {
      cwd: directory,
      timeout: GIT_LIMIT_MS,
      env: gitEnvironment(directory),
    });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  const repository: DemoRepository = {
    path: directory,
    async commit(subject, edits) {
      for (const edit of edits) await applyEdit(directory, edit);
      await git('add', '--all');
      await git('commit', '--quiet', '--message', subject);
      return git('rev-parse', 'HEAD');
    },
  };
  const config = (find: string, replace: string) => applyEdit(directory, { file: 'release.yml', find, replace });
  await config(EXAMPLE_URL, url);
  if (base !== undefined) await config(BUILDER, `${BUILDER}  base: ${base}\n`);
  return repository;
}

/** Nobody's own configuration, hooks or signing key has a part in the demo. */
function gitEnvironment(directory: string): NodeJS.ProcessEnv {
  const who = { NAME: 'Sluice demo', EMAIL: 'demo@sluice.example' };
  return {
    PATH: process.env['PATH'],
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: who.NAME,
    GIT_AUTHOR_EMAIL: who.EMAIL,
    GIT_COMMITTER_NAME: who.NAME,
    GIT_COMMITTER_EMAIL: who.EMAIL,
  };
}

async function applyEdit(directory: string, { file, find, replace }: Edit): Promise<void> {
  const target = path.join(directory, file);
  const before = await readFile(target, 'utf8');
  if (!before.includes(find)) throw new Error(`the demo cannot change ${file}: it does not contain \`${find}\``);
  await writeFile(target, before.replaceAll(find, replace));
}
