import type { CurrentDeployment, EnvironmentData, Unclean } from './environment-data';
import { holdNow, isDoubtful, nextHoldEnd } from './environment-hold';
import { freezeWords, frozen } from './freeze';
import type { Freeze } from './freeze';
import type { DeploymentRequest } from './messages';
import { shortCommit } from './commit';

/** What an environment does next. */
export type Step =
  /** Is a deployment of an environment before this one in flight? */
  | { kind: 'search' }
  /** A rollback by hand waits for this one, which is not one itself. */
  | { kind: 'abort'; current: CurrentDeployment; rollback: DeploymentRequest }
  | { kind: 'await end'; current: CurrentDeployment; runId: string }
  | { kind: 'grant'; request: DeploymentRequest }
  /** See what runs after an end that was not clean. */
  | { kind: 'look'; unclean: Unclean }
  /** Until something is said, or until a moment that is known. */
  | { kind: 'wait'; until?: number };

/** All decisions of an environment stand here and in what this calls; the workflow only does them. */
export function nextStep(data: EnvironmentData, now: number): Step {
  const { current, unclean } = data;
  if (data.unsearched) return { kind: 'search' };
  const rollback = waitingRollback(data);
  if (current?.runId !== undefined) {
    if (rollback && !current.rollback && current.abortedFor === undefined) return { kind: 'abort', current, rollback };
    return { kind: 'await end', current, runId: current.runId };
  }
  const request = current?.request ?? nextInLine(data, now);
  if (request) return { kind: 'grant', request };
  if (unclean) return { kind: 'look', unclean };
  const until = waitsUntil(data, now);
  return { kind: 'wait', ...(until !== undefined && { until }) };
}

export function waitingRollback({ queue }: EnvironmentData): DeploymentRequest | undefined {
  return queue.find(({ rollback }) => rollback);
}

/**
 * The request whose turn it is, or undefined while somebody is at work, the line is stopped, or nobody waits.
 *
 * A rollback by hand passes everything. Where the line is held or its first request frozen, one for which somebody broke
 * the glass passes; nothing but a rollback passes an end that nobody has looked at.
 */
export function nextInLine(data: EnvironmentData, now: number): DeploymentRequest | undefined {
  if (data.current) return undefined;
  const rollback = waitingRollback(data);
  if (rollback) return rollback;
  if (isDoubtful(data, now)) return undefined;
  if (!holdNow(data, now) && !frozenFirst(data, now)) return data.queue[0];
  return data.queue.find(({ breakGlass }) => breakGlass);
}

/** The freeze that the first of the line waits for, by its own environment's windows. */
function frozenFirst({ queue: [first] }: EnvironmentData, now: number): Freeze | undefined {
  return first && !first.rollback && !first.breakGlass ? frozen(first.environment.freeze, now) : undefined;
}

/** The freeze that is in force for the first that waits, or would be for the next one. */
export function freezeNow(data: EnvironmentData, now: number): Freeze | undefined {
  const first = data.queue.find(({ rollback }) => !rollback);
  return frozen((first?.environment ?? data.spec)?.freeze, now);
}

function waitsUntil(data: EnvironmentData, now: number): number | undefined {
  return nextHoldEnd(data, now) ?? (holdNow(data, now) ? undefined : frozenFirst(data, now)?.until);
}

/** Why the request at `index` waits, in words. */
export function reasonToWait(data: EnvironmentData, index: number, now: number): string {
  const { queue, current, unclean } = data;
  const request = queue[index];
  const ahead = index === 0 ? '' : `, ${index} ahead in the queue`;
  const inFlight = current && `${current.releaseId} is being deployed${ahead}`;
  if (request?.rollback) {
    if (current?.abortedFor !== undefined) return `${current.releaseId} is being taken back for a rollback${ahead}`;
    return inFlight ?? (index === 0 ? 'next in line' : `${index} ahead in the queue`);
  }
  const hold = holdNow(data, now);
  if (isDoubtful(data, now) && !hold && unclean) return `seeing what runs, since ${unclean.cause}${ahead}`;
  const opened = request?.breakGlass && !isDoubtful(data, now) ? request.breakGlass : undefined;
  if (opened) return inFlight ?? `next in line: ${opened.by} broke the glass (${opened.reason})`;
  if (hold) return `the environment is on hold${untilWords(hold.until)}: ${hold.reason}`;
  const freeze = frozenFirst(data, now);
  if (freeze) return `${freezeWords(freeze)}${ahead}`;
  return inFlight ?? (index === 0 ? 'next in line' : `${index} ahead in the queue`);
}

export function untilWords(until: number | undefined): string {
  return until === undefined ? '' : ` until ${new Date(until).toISOString().slice(0, 16)}Z`;
}

/** Temporal takes no summary of more than 400 bytes. */
const LONGEST_SUMMARY = 90;

/** What people read beside a wait that has an end: the summary of its timer. */
export function waitWords(data: EnvironmentData, now: number): string {
  const hold = holdNow(data, now);
  const freeze = frozenFirst(data, now);
  const words = hold ? `on hold: ${hold.reason}` : freeze ? freezeWords(freeze) : 'the line waits';
  return words.length > LONGEST_SUMMARY ? `${words.slice(0, LONGEST_SUMMARY - 1)}…` : words;
}

/** Why the current deployment is aborted, for its record. */
export function abortFor({ requestId }: CurrentDeployment, rollback: DeploymentRequest) {
  const reason = `rollback to ${shortCommit(rollback.commit)}: ${rollback.rollback?.reason ?? 'by hand'}`;
  return { requestId, by: rollback.actor, reason };
}
