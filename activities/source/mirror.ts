import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../process/lock';
import type { Git, GitResult } from './git';
import { checkRepositoryUrl, localFolder } from './repository-url';
import { SourceError } from './source-error';

/** Blobs are written as they are: no line ending conversion, no keyword, no filter, and so no LFS. */
const ATTRIBUTES = '* -text -ident -filter -working-tree-encoding\n';
const BRANCHES = '+refs/heads/*:refs/heads/*';
const TAGS = '+refs/tags/*:refs/tags/*';

/** A bare copy of one repository, in which every question about it is asked. */
export interface Mirror {
  repository: string;
  gitDir: string;
  /** Brings branches and tags up to date, deleted ones included. */
  fetch(signal?: AbortSignal): Promise<void>;
  /** Fetches one commit by its full id, and keeps it; answers false when the repository does not have it. */
  fetchCommit(sha: string, signal?: AbortSignal): Promise<boolean>;
}

/**
 * The mirror of `repository` under `workDir`. Every fetch is idempotent, and one at a time on this machine: what a killed
 * one left behind is cleared by the next. Throws `refused-url`, and from fetches `not-a-repository` or `unreachable`.
 */
export function openMirror(git: Git, workDir: string, repository: string): Mirror {
  const url = checkRepositoryUrl(repository);
  const id = createHash('sha256').update(url).digest('hex').slice(0, 32);
  const gitDir = path.join(workDir, 'mirrors', `${id}.git`);

  const fetchRefs = async (options: readonly string[], refs: readonly string[], signal?: AbortSignal) => {
    await requireFolder(url);
    return withLock(
      `${gitDir}.lock`,
      async () => {
        await initialise(git, gitDir, signal);
        const flags = ['--quiet', '--no-tags', '--update-shallow', '--no-recurse-submodules', '--no-write-fetch-head'];
        return git(['fetch', ...flags, ...options, '--', url, ...refs], { gitDir, signal });
      },
      signal,
    );
  };

  return {
    repository,
    gitDir,
    async fetch(signal) {
      const result = await fetchRefs(['--prune'], [BRANCHES, TAGS], signal);
      if (result.exitCode !== 0) throw fetchError(repository, result);
    },
    async fetchCommit(sha, signal) {
      const result = await fetchRefs([], [`+${sha}:refs/sluice/${sha}`], signal);
      if (result.exitCode === 0) return true;
      if (/not our ref|unadvertised object|couldn't find remote ref/.test(result.stderr)) return false;
      throw fetchError(repository, result);
    },
  };
}

async function requireFolder(url: string): Promise<void> {
  const folder = localFolder(url);
  if (folder === undefined) return;
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new SourceError('not-a-repository', `${folder} is not a Git repository: there is no such folder`);
}

async function initialise(git: Git, gitDir: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(gitDir, { recursive: true, mode: 0o700 });
  await removeLeftLocks(gitDir);
  if (await stat(path.join(gitDir, 'info', 'attributes')).catch(() => undefined)) return;
  const result = await git(['init', '--quiet', '--bare', '--template='], { gitDir, signal });
  if (result.exitCode !== 0) throw new Error(`a mirror could not be made in ${gitDir}: ${lastLine(result)}`);
  await mkdir(path.join(gitDir, 'info'), { recursive: true });
  await writeFile(path.join(gitDir, 'info', 'attributes'), ATTRIBUTES);
}

/** Git takes the lock files of a process that was killed for those of one that runs. We hold the lock above them all. */
async function removeLeftLocks(gitDir: string): Promise<void> {
  const names = await readdir(gitDir, { recursive: true });
  const locks = names.filter((name) => name.endsWith('.lock') || /(^|\/)tmp_(pack|obj|idx)_/.test(name));
  await Promise.all(locks.map((name) => rm(path.join(gitDir, name), { force: true })));
}

function fetchError(repository: string, result: GitResult): SourceError {
  if (/not appear to be a git repository|not a git repository|repository '.*' not found/i.test(result.stderr)) {
    return new SourceError('not-a-repository', `${repository} is not a Git repository`);
  }
  return new SourceError('unreachable', `the repository ${repository} could not be fetched: ${lastLine(result)}`);
}

function lastLine({ stderr, exitCode }: GitResult): string {
  const lines = stderr.split('\n').filter((line) => /^(fatal|error|ssh|remote):/.test(line));
  return lines.at(-1) ?? `git exited with ${exitCode}`;
}
