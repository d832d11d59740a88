import type { CommitBetween } from '../../model/approval/between';
import { changedFiles, commitOf, commitsBetween } from './between';
import type { Between } from './between';
import { resolveCommit } from './commits';
import { createGit } from './git';
import type { GitOptions } from './git';
import { historyCopy } from './history-copy';
import { branchHead, isAncestor } from './history';
import { openMirror } from './mirror';
import type { Mirror } from './mirror';
import { checkout, readFileAt, removeCheckout, treeHash } from './tree';
import type { Checkout } from './tree';

export type SourceOptions = GitOptions;

/**
 * Questions about Git repositories, each named by URL or absolute path and answered from a mirror under `workDir`.
 *
 * Commits are full ids as `resolveCommit` answers them. All may be repeated freely. Each Git command has a time limit
 * and ends when `signal` aborts; nothing is retried here. Failures are `SourceError`s, of which only `unreachable` may
 * go away by itself.
 */
export interface Source {
  resolveCommit(repository: string, revision: string, signal?: AbortSignal): Promise<string>;
  isAncestor(repository: string, ancestor: string, descendant: string, signal?: AbortSignal): Promise<boolean>;
  /** As the repository has it now, or as this process fetched it at most `knownForMs` ago. */
  branchHead(repository: string, branch: string, signal?: AbortSignal, knownForMs?: number): Promise<string>;
  readFileAt(repository: string, commit: string, file: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer>;
  treeHash(repository: string, commit: string, signal?: AbortSignal): Promise<string>;
  /** Commits that `commit` has and `running` has not, and the other way round; the newest `limit` of them in full. */
  commitsBetween(
    repository: string,
    asked: { running: string; commit: string; limit: number },
    signal?: AbortSignal,
  ): Promise<Between>;
  commitOf(repository: string, commit: string, signal?: AbortSignal): Promise<CommitBetween>;
  /** Files that differ between two commits that were asked for before, of those that the globs name in any folder. */
  changedFiles(
    repository: string,
    asked: { from: string; to: string; globs: readonly string[] },
    signal?: AbortSignal,
  ): Promise<{ status: string; path: string }[]>;
  checkout(repository: string, commit: string, directory: string, signal?: AbortSignal): Promise<Checkout>;
  removeCheckout(directory: string): Promise<void>;
  /** A bare repository of all that led to the commit, for scanners: see {@link historyCopy}. */
  history(repository: string, commit: string, directory: string, signal?: AbortSignal): Promise<void>;
}

export function createSource(options: SourceOptions): Source {
  const git = createGit(options);
  const fetchedAt = new Map<string, number>();
  const at = (repository: string): Mirror => {
    const mirror = openMirror(git, options.workDir, repository);
    return {
      ...mirror,
      async fetch(signal) {
        const asked = Date.now();
        await mirror.fetch(signal);
        fetchedAt.set(repository, asked);
      },
    };
  };
  return {
    resolveCommit: async (repository, revision, signal) => resolveCommit(git, at(repository), revision, signal),
    isAncestor: async (repository, ancestor, descendant, signal) =>
      isAncestor(git, at(repository), ancestor, descendant, signal),
    async branchHead(repository, branch, signal, knownForMs = 0) {
      const mirror = at(repository);
      const known = Date.now() - (fetchedAt.get(repository) ?? -Infinity) < knownForMs;
      if (!known) await mirror.fetch(signal);
      return branchHead(git, mirror, branch, signal);
    },
    readFileAt: async (repository, commit, file, maxBytes, signal) =>
      readFileAt(git, at(repository), commit, file, maxBytes, signal),
    treeHash: async (repository, commit, signal) => treeHash(git, at(repository), commit, signal),
    commitsBetween: async (repository, asked, signal) => commitsBetween(git, at(repository), asked, signal),
    commitOf: async (repository, commit, signal) => commitOf(git, at(repository), commit, signal),
    changedFiles: async (repository, asked, signal) => changedFiles(git, at(repository), asked, signal),
    checkout: async (repository, commit, directory, signal) => checkout(git, at(repository), commit, directory, signal),
    removeCheckout,
    history: async (repository, commit, directory, signal) =>
      historyCopy(git, at(repository), commit, directory, signal),
  };
}
