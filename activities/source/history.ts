import { stat } from 'node:fs/promises';
import path from 'node:path';
import { requireCommit } from './commits';
import type { Git } from './git';
import type { Mirror } from './mirror';
import { SourceError } from './source-error';

/**
 * Whether `descendant` is `ancestor` or comes after it in Git's history; both are full ids. Throws `unknown-commit`, and
 * `shallow` where "no" would only mean that the repository was cloned without its history, as CI checkouts often are.
 */
export async function isAncestor(
  git: Git,
  mirror: Mirror,
  ancestor: string,
  descendant: string,
  signal?: AbortSignal,
): Promise<boolean> {
  await requireCommit(git, mirror, ancestor, signal);
  if (ancestor === descendant) return true;
  await requireCommit(git, mirror, descendant, signal);
  const { gitDir } = mirror;
  const { exitCode, stderr } = await git(['merge-base', '--is-ancestor', ancestor, descendant], { gitDir, signal });
  if (exitCode === 0) return true;
  if (exitCode !== 1) throw new Error(`git merge-base failed in the mirror of ${mirror.repository}: ${stderr}`);
  if (await stat(path.join(gitDir, 'shallow')).catch(() => undefined)) {
    throw new SourceError(
      'shallow',
      `${mirror.repository} is a shallow clone, which cannot tell whether ${ancestor} comes before ${descendant}: ` +
        'fetch its whole history (`git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout)',
    );
  }
  return false;
}

/** The commit at the head of a branch, as it was fetched last. Throws `unknown-branch`. */
export async function branchHead(git: Git, mirror: Mirror, branch: string, signal?: AbortSignal): Promise<string> {
  // show-ref takes the name as it is; rev-parse would also read `main~1` or `main@{1}`.
  const args = ['show-ref', '--verify', '--hash', '--', `refs/heads/${branch}`];
  const { exitCode, stdout } = await git(args, { gitDir: mirror.gitDir, signal });
  if (exitCode !== 0) throw new SourceError('unknown-branch', `${mirror.repository} has no branch ${branch}`);
  return stdout.toString().trim();
}
