import { shortCommit } from '../../model/commit';
import type { ChangesBetween, CommitBetween } from '../../model/approval/between';
import { commitLine } from '../../model/approval/between';
import { fileChanges, gateChanges, IGNORE_FILES } from '../../model/approval/gate-settings';
import { identityOf } from '../../model/approval/identity';
import { TypedError } from '../../model/failures';
import { configAt } from '../source/owners-word';
import type { Between } from '../source/between';
import type { Source } from '../source/source';
import { SourceError } from '../source/source-error';

export interface BetweenInput {
  repository: string;
  commit: string;
  /** Commits that run now: of each service whose revision is ours, each once. */
  running: readonly string[];
  /** Whether some service runs what no commit is known of. */
  unknownRuns: boolean;
  /** Whether all authors are asked for: then none may be missing. */
  authors: boolean;
}

const SHOWN = 10;
/** Enough for years of work; beyond it nobody could say who wrote all of it. */
const MOST_COMMITS = 10_000;
const MOST_AUTHORS = 500;

/** What lies between what runs and the commit. Reads only. Throws `SourceMissing`, `Unavailable`, or `PolicyRefused` where authors cannot all be known. */
export async function changesBetween(
  source: Source,
  input: BetweenInput,
  signal: AbortSignal,
): Promise<ChangesBetween> {
  const { repository, commit } = input;
  const answer: ChangesBetween = { forward: 0, back: 0, commits: [], authors: [], unknown: [], gateSettings: [] };
  const known: string[] = [];
  const all = new Map<string, CommitBetween>();
  for (const one of input.running) {
    const found = await commitsSince(source, input, one, signal);
    if (found === undefined) {
      answer.unknown.push(`what ${shortCommit(one)} was: the repository has no such commit any more`);
      continue;
    }
    known.push(one);
    const { forward, back, commits } = found;
    if (forward === 0 && back > 0) answer.newer ??= one;
    answer.forward = Math.max(answer.forward, forward);
    answer.back = Math.max(answer.back, back);
    for (const each of commits) all.set(each.commit, each);
    if (input.authors && forward + back > MOST_COMMITS) throw tooMany(`more than ${MOST_COMMITS} commits lie`);
  }
  if (input.unknownRuns) answer.unknown.push('which commit some service runs: its revision is not of Sluice');
  // Then nothing says how far back to look, and this commit is all that is certain to be new.
  if (answer.unknown.length > 0) all.set(commit, await source.commitOf(repository, commit, signal));

  answer.commits = [...all.values()].slice(0, SHOWN).map(commitLine);
  if (input.authors) answer.authors = authorsOf([...all.values()]);
  answer.gateSettings = await gateSettings(source, input, known, signal);
  return answer;
}

async function commitsSince(
  source: Source,
  { repository, commit, authors }: BetweenInput,
  running: string,
  signal: AbortSignal,
): Promise<Between | undefined> {
  try {
    return await source.commitsBetween(repository, { running, commit, limit: authors ? MOST_COMMITS : SHOWN }, signal);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'unknown-commit') return undefined;
    throw error;
  }
}

function authorsOf(commits: readonly CommitBetween[]): string[] {
  const authors = [...new Set(commits.flatMap(({ emails }) => emails.map(identityOf)))];
  if (authors.length > MOST_AUTHORS) throw tooMany(`work of more than ${MOST_AUTHORS} authors lies`);
  return authors;
}

function tooMany(what: string): TypedError {
  return new TypedError(
    'PolicyRefused',
    `${what} between what runs and this commit, so that nobody can tell whose own work it is: release a commit in between first, or set \`own-work: allowed\``,
  );
}

async function gateSettings(
  source: Source,
  { repository, commit }: BetweenInput,
  running: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const asked = { source, repository, signal };
  const after = await configAt(asked, commit);
  const lines = new Set<string>();
  for (const from of running) {
    if (from === commit) continue;
    try {
      const before = await configAt(asked, from);
      for (const line of gateChanges(before.gates, after.gates)) lines.add(line);
    } catch (error) {
      if (!(error instanceof TypedError || error instanceof SourceError)) throw error;
      lines.add(`release.yml of ${shortCommit(from)} cannot be read any more, so its gates could not be compared`);
    }
    const files = await source.changedFiles(repository, { from, to: commit, globs: IGNORE_FILES }, signal);
    for (const line of fileChanges(files)) lines.add(line);
  }
  return [...lines];
}
