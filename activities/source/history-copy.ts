import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { requireCommit } from './commits';
import type { Git } from './git';
import type { Mirror } from './mirror';
import { SourceError } from './source-error';

/** Everything is text to be shown, whatever attributes the commits bring along: `-diff` would hide a file from `git log -p`. */
const ATTRIBUTES = '* diff -text -ident -filter -working-tree-encoding\n';

/**
 * Makes a bare repository in `directory` that has the commit as its only branch, `release`, and so all that led to it and
 * nothing else. It holds no objects of its own: it reads the mirror's, and is of use only on this machine and while that
 * stays. Safe to repeat. Throws `shallow` for a
 * repository that is a shallow clone.
 */
export async function historyCopy(
  git: Git,
  mirror: Mirror,
  commit: string,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  await requireCommit(git, mirror, commit, signal);
  if (await stat(path.join(mirror.gitDir, 'shallow')).catch(() => undefined)) {
    const what = `the history of commit ${commit} is not whole in ${mirror.repository}, which is a shallow clone`;
    throw new SourceError('shallow', `${what}: give one with all of it, or leave the history out of the gate`);
  }
  await mkdir(directory, { recursive: true });
  const must = async (...args: string[]): Promise<void> => {
    const { exitCode, stderr } = await git(args, { gitDir: directory, signal });
    if (exitCode !== 0)
      throw new Error(`git ${args[0] ?? ''} failed in a copy of ${mirror.repository}: ${stderr.trim()}`);
  };
  await must('init', '--quiet', '--bare', '--template=', '--initial-branch=release');
  await mkdir(path.join(directory, 'info'), { recursive: true });
  await writeFile(path.join(directory, 'info', 'attributes'), ATTRIBUTES);
  await mkdir(path.join(directory, 'objects', 'info'), { recursive: true });
  await writeFile(path.join(directory, 'objects', 'info', 'alternates'), `${path.join(mirror.gitDir, 'objects')}\n`);
  await must('update-ref', 'refs/heads/release', commit);
}
