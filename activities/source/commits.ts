import type { Git } from './git';
import type { Mirror } from './mirror';
import { SourceError } from './source-error';

const FULL = /^[0-9a-f]{40}$/;
const ABBREVIATION = /^[0-9a-f]{7,39}$/;

/**
 * The full id of the commit that `revision` means: a full id, or the beginning of one, of at least 7 digits. Never a
 * branch or a tag, not even one that is named like a commit: whoever may push a branch could otherwise choose what is
 * released. A full id need not be on any branch (a pull request's is not).
 *
 * Throws `unknown-commit` or `ambiguous-commit`.
 */
export async function resolveCommit(git: Git, mirror: Mirror, revision: string, signal?: AbortSignal): Promise<string> {
  const id = revision.toLowerCase();
  if (FULL.test(id)) {
    await requireCommit(git, mirror, id, signal);
    return id;
  }
  if (!ABBREVIATION.test(id)) {
    throw new SourceError(
      'unknown-commit',
      `${JSON.stringify(revision)} is not a commit id: give all 40 hexadecimal digits, or at least the first 7`,
    );
  }
  await mirror.fetch(signal);
  // Not rev-parse of the abbreviation itself, which prefers a branch or tag of that name.
  const { stdout } = await git(['rev-parse', `--disambiguate=${id}`], { gitDir: mirror.gitDir, signal });
  const objects = stdout.toString().split('\n').filter(Boolean);
  const kinds = await Promise.all(objects.map((object) => kindOf(git, mirror, object, signal)));
  const commits = objects.filter((_, index) => kinds[index] === 'commit');
  const [commit] = commits;
  if (commit === undefined) throw unknownCommit(mirror, revision);
  if (commits.length > 1) {
    throw new SourceError(
      'ambiguous-commit',
      `${revision} is the beginning of ${commits.length} commits of ${mirror.repository}: give all 40 digits`,
    );
  }
  return commit;
}

/** Makes sure that the mirror has the commit with this full id; what it has already is not fetched again. */
export async function requireCommit(git: Git, mirror: Mirror, id: string, signal?: AbortSignal): Promise<void> {
  if (!FULL.test(id)) throw new SourceError('unknown-commit', `${JSON.stringify(id)} is not a full commit id`);
  if ((await kindOf(git, mirror, id, signal)) === 'commit') return;
  await mirror.fetch(signal);
  if ((await kindOf(git, mirror, id, signal)) === 'commit') return;
  const fetched = await mirror.fetchCommit(id, signal);
  const kind = fetched ? await kindOf(git, mirror, id, signal) : undefined;
  if (kind === 'commit') return;
  if (kind === undefined) throw unknownCommit(mirror, id);
  throw new SourceError('unknown-commit', `${id} of ${mirror.repository} is a ${kind}, not a commit`);
}

function unknownCommit(mirror: Mirror, revision: string): SourceError {
  return new SourceError(
    'unknown-commit',
    `there is no commit ${revision} in ${mirror.repository}: has it been pushed?`,
  );
}

async function kindOf(git: Git, mirror: Mirror, id: string, signal?: AbortSignal): Promise<string | undefined> {
  const { exitCode, stdout } = await git(['cat-file', '-t', id], { gitDir: mirror.gitDir, signal });
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}
