import { isFullCommit, shortCommit } from './commit';
import type { VerifiedRevision } from './messages';
import type { ReleaseOutcome } from './outcome';
import { revisionName } from './service-view';

/** What `--to` says by default. */
export const PREVIOUS_GOOD = 'previous-good';
const PREFIX_OF_COMMIT = /^[0-9a-f]{7,39}$/;
/** Known commits that a sentence lists. */
const LISTED = 10;

/** What a person asks for who wants an environment back as it was. */
export interface RollbackRequest {
  project: string;
  environment: string;
  /** {@link PREVIOUS_GOOD}, or a commit: full, or at least 7 digits of it. */
  to: string;
  reason: string;
  actor: string;
  /** First pause, in milliseconds, before the environment is asked again. Default 1 minute. */
  askAgainMs?: number;
}

/** One thing that was looked at to know whether a rollback can be done. */
export interface RollbackFinding {
  /** What was looked at, such as `api: task definition`. */
  what: string;
  good: boolean;
  /** One sentence: what was seen, or what stands in the way. */
  said: string;
}

/** How a rehearsal ends: `checked`, or the outcome that the rollback would have. */
export interface RehearsalOutcome extends ReleaseOutcome {
  findings: RollbackFinding[];
}

/** Service name to the ARN of the task definition that runs there; a service that is not known is left out. */
export type RunningNow = Readonly<Record<string, string>>;

export type RollbackChoice = { kind: 'chosen'; revision: VerifiedRevision } | { kind: 'none'; cause: string };

/** Whether `to` is something that a rollback can go to at all. */
export function isRollbackTarget(to: string): boolean {
  return to === PREVIOUS_GOOD || isFullCommit(to) || PREFIX_OF_COMMIT.test(to);
}

/**
 * What a rollback goes to: never revision N-1, always one that was proved healthy here.
 *
 * `previous-good` is the newest verified revision before what runs now or, where what runs was never verified, the
 * newest one. What people went back from before does not count: a second rollback goes further back, not forth again.
 * A commit means its newest verified revision. `verified` is in order of time.
 */
export function chooseRevision(
  verified: readonly VerifiedRevision[],
  running: RunningNow,
  { environment, to }: Pick<RollbackRequest, 'environment' | 'to'>,
): RollbackChoice {
  if (verified.length === 0) {
    return none(`nothing that ran in ${environment} is known to be good: no release was ever verified there`);
  }
  if (to !== PREVIOUS_GOOD) return ofCommit(verified, environment, to);
  const good = stillGood(verified);
  const now = good.findLastIndex((revision) => runs(revision, running));
  const revision = now < 0 ? good.at(-1) : good[now - 1];
  if (revision) return { kind: 'chosen', revision };
  const current = good[now];
  return none(
    `${environment} runs ${current ? shortCommit(current.commit) : 'it'} already, and nothing before it is known to be good; ` +
      `name a commit with --to: ${listed(verified)}`,
  );
}

/** `abc… (shop:5), verified 2026-11-23T10:00:00.000Z`, for people. */
export function revisionInWords({ commit, taskDefinitions, at }: VerifiedRevision): string {
  const names = Object.values(taskDefinitions).map(revisionName);
  return `${shortCommit(commit)} (${names.join(', ')}), verified ${new Date(at).toISOString()}`;
}

/** The first line of what stands in the way, or undefined when nothing does. */
export function whyNotPossible(findings: readonly RollbackFinding[]): string | undefined {
  const bad = findings.filter(({ good }) => !good);
  return bad.length === 0 ? undefined : bad.map(({ what, said }) => `${what}: ${said}`).join('; ');
}

function ofCommit(verified: readonly VerifiedRevision[], environment: string, to: string): RollbackChoice {
  const wanted = to.toLowerCase();
  const matches = verified.filter(({ commit }) => commit.startsWith(wanted));
  const commits = [...new Set(matches.map(({ commit }) => commit))];
  if (commits.length > 1) return none(`--to ${to} means several commits: ${commits.join(', ')}`);
  const revision = matches.at(-1);
  if (revision) return { kind: 'chosen', revision };
  return none(`commit ${to} was never verified in ${environment}, as far as is known; known are ${listed(verified)}`);
}

/** The line that led to now: a commit that runs again takes away whatever came after it the first time. */
function stillGood(verified: readonly VerifiedRevision[]): VerifiedRevision[] {
  const line: VerifiedRevision[] = [];
  for (const revision of verified) {
    const before = line.findLastIndex(({ commit }) => commit === revision.commit);
    if (before >= 0) line.length = before + 1;
    if (isSame(line.at(-1), revision)) line.pop();
    line.push(revision);
  }
  return line;
}

function isSame(one: VerifiedRevision | undefined, other: VerifiedRevision): boolean {
  return one?.commit === other.commit && runs(one, other.taskDefinitions);
}

function runs({ taskDefinitions }: VerifiedRevision, running: RunningNow): boolean {
  const services = Object.entries(taskDefinitions);
  return services.length > 0 && services.every(([service, arn]) => running[service] === arn);
}

/** Newest first. */
function listed(verified: readonly VerifiedRevision[]): string {
  const commits = [...new Set(verified.map(({ commit }) => commit).reverse())].map(shortCommit);
  const more = commits.length - LISTED;
  return commits.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function none(cause: string): RollbackChoice {
  return { kind: 'none', cause };
}
