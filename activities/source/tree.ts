import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { requireCommit } from './commits';
import type { Git } from './git';
import type { Mirror } from './mirror';
import { SourceError } from './source-error';

/** The id of a commit's tree: equal for equal contents, whatever the history. */
export async function treeHash(git: Git, mirror: Mirror, commit: string, signal?: AbortSignal): Promise<string> {
  await requireCommit(git, mirror, commit, signal);
  return (await must(git, mirror, ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`], signal)).toString().trim();
}

/**
 * The content of one file at a commit, read from Git's own objects without a checkout. Throws `not-found` when there is
 * no regular file at `file` (a symbolic link is none) or when it is larger than `maxBytes`.
 */
export async function readFileAt(
  git: Git,
  mirror: Mirror,
  commit: string,
  file: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  await requireCommit(git, mirror, commit, signal);
  const listing = await must(git, mirror, ['ls-tree', '-z', '-l', '--full-tree', commit, '--', file], signal);
  const [, mode, object = '', size] = /^(\d{6}) \w+ ([0-9a-f]+) +(\d+|-)\t/.exec(listing.toString()) ?? [];
  const missing = (what: string): SourceError =>
    new SourceError('not-found', `${file} at commit ${commit} of ${mirror.repository} ${what}`);
  if (mode === undefined) throw missing('does not exist');
  if (mode !== '100644' && mode !== '100755') throw missing('is not a regular file');
  if (Number(size) > maxBytes) throw missing(`has ${size ?? '?'} bytes, and at most ${maxBytes} are read`);
  return must(git, mirror, ['cat-file', 'blob', object], signal);
}

export interface Checkout {
  directory: string;
  treeHash: string;
}

/**
 * Writes exactly the tree of a commit into `directory`, without a `.git`: contents byte for byte as committed (no line
 * ending conversion, no filter, no LFS), symbolic links as links, submodules as empty folders.
 *
 * `directory` appears whole or not at all. It is left alone when an earlier call made it of the same commit, whatever
 * has been done in it since; one of another commit, or of unknown origin, is replaced. A file `<directory>.commit`
 * beside it remembers which: see {@link removeCheckout}.
 */
export async function checkout(
  git: Git,
  mirror: Mirror,
  commit: string,
  directory: string,
  signal?: AbortSignal,
): Promise<Checkout> {
  const tree = await treeHash(git, mirror, commit, signal);
  const mark = `${directory}.commit`;
  if ((await readIfThere(mark)) === commit && (await stat(directory).catch(() => undefined)))
    return { directory, treeHash: tree };

  await mkdir(path.dirname(directory), { recursive: true });
  const scratch = await mkdtemp(`${directory}.partial-`);
  try {
    const next = path.join(scratch, 'tree');
    await mkdir(next);
    const env = { GIT_INDEX_FILE: path.join(scratch, 'index'), GIT_WORK_TREE: next };
    await must(git, mirror, ['read-tree', commit], signal, env);
    await must(git, mirror, ['checkout-index', '--all'], signal, env);
    await removeCheckout(directory);
    await rename(next, directory);
    await writeFile(mark, commit);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { directory, treeHash: tree };
}

/** Removes what {@link checkout} made. Nothing happens when it is gone already. */
export async function removeCheckout(directory: string): Promise<void> {
  await rm(`${directory}.commit`, { force: true });
  await rm(directory, { recursive: true, force: true });
}

async function must(
  git: Git,
  { gitDir, repository }: Mirror,
  args: readonly string[],
  signal?: AbortSignal,
  env: Record<string, string> = {},
): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await git(args, { gitDir, signal, env });
  if (exitCode !== 0) throw new Error(`git ${args[0] ?? ''} failed in the mirror of ${repository}: ${stderr.trim()}`);
  return stdout;
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
