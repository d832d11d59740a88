import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CommitBetween } from '../../model/approval/between';
import { requireCommit } from './commits';
import type { Git } from './git';
import type { Mirror } from './mirror';
import { SourceError } from './source-error';

export interface Between {
  /** Of `commit` and not of `running`, and the other way round. */
  forward: number;
  back: number;
  /** The newest of both, at most as many as were asked for. */
  commits: CommitBetween[];
}

const FIELDS = ['%m', '%H', '%s', '%an', '%ae', '%(trailers:key=Co-authored-by,valueonly,separator=%x0A)'];
const LOG = ['log', '-z', '--no-mailmap', '--no-show-signature', `--format=tformat:${FIELDS.join('%x00')}`];

/**
 * The commits that one of two full ids has and the other has not. Authors are as the commits say, whatever a `.mailmap`
 * would make of them: that file comes with the commit.
 *
 * Throws `unknown-commit`, and `shallow` where the history is not all there.
 */
export async function commitsBetween(
  git: Git,
  mirror: Mirror,
  { running, commit, limit }: { running: string; commit: string; limit: number },
  signal?: AbortSignal,
): Promise<Between> {
  await requireCommit(git, mirror, commit, signal);
  if (running === commit) return { forward: 0, back: 0, commits: [] };
  // First: in such a clone also a commit that was never gone is not there.
  if (await stat(path.join(mirror.gitDir, 'shallow')).catch(() => undefined)) {
    throw new SourceError(
      'shallow',
      `${mirror.repository} is a shallow clone, without the history that lies in between: fetch the whole (\`git fetch --unshallow\`, or \`fetch-depth: 0\` for actions/checkout)`,
    );
  }
  await requireCommit(git, mirror, running, signal);
  const range = `${running}...${commit}`;
  const counted = await must(git, mirror, ['rev-list', '--left-right', '--count', range, '--'], signal);
  const [back = NaN, forward = NaN] = counted.trim().split(/\s+/).map(Number);
  const args = [...LOG, '--left-right', `--max-count=${limit}`, range, '--'];
  return { forward, back, commits: readLog(await must(git, mirror, args, signal)) };
}

/** One commit by its full id. Throws `unknown-commit`. */
export async function commitOf(git: Git, mirror: Mirror, commit: string, signal?: AbortSignal): Promise<CommitBetween> {
  await requireCommit(git, mirror, commit, signal);
  const [found] = readLog(await must(git, mirror, [...LOG, '--max-count=1', commit, '--'], signal));
  return found ?? { commit, subject: '', author: '', emails: [], back: false };
}

/** Files that differ between two full ids, of those that the globs name, in any folder. */
export async function changedFiles(
  git: Git,
  mirror: Mirror,
  { from, to, globs }: { from: string; to: string; globs: readonly string[] },
  signal?: AbortSignal,
): Promise<{ status: string; path: string }[]> {
  const specs = globs.map((glob) => `:(glob)**/${glob}`);
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to, '--', ...specs];
  const parts = (await must(git, mirror, args, signal)).split('\0');
  return parts.flatMap((status, index) => {
    const file = parts[index + 1];
    return index % 2 === 0 && file !== undefined ? [{ status, path: file }] : [];
  });
}

/** NUL cannot stand in a commit, so that six fields are one commit whatever it says. */
function readLog(text: string): CommitBetween[] {
  const fields = text.split('\0');
  const commits: CommitBetween[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; at += FIELDS.length) {
    const [mark, commit = '', subject = '', author = '', email = '', others = ''] = fields.slice(
      at,
      at + FIELDS.length,
    );
    const emails = [email, ...others.split('\n')].filter((one) => one.trim() !== '');
    commits.push({ commit, subject, author, emails, back: mark === '<' });
  }
  return commits;
}

async function must(
  git: Git,
  { gitDir, repository }: Mirror,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const { exitCode, stdout, stderr } = await git(args, { gitDir, signal });
  if (exitCode !== 0) throw new Error(`git ${args[0] ?? ''} failed in the mirror of ${repository}: ${stderr.trim()}`);
  return stdout.toString();
}
