import type { CurrentDeployment, EnvironmentData } from './environment-data';
import type { EnvironmentHold, Hold } from './messages';
import { shortCommit } from './commit';

export type HoldKind = NonNullable<EnvironmentHold['kind']>;

const LONGEST_TEXT = 500;

/** The first of these that there is says why the line waits. */
const GRAVEST_FIRST: readonly HoldKind[] = ['unclean', 'after-rollback', 'person'];

const kindOf = ({ kind = 'unclean' }: EnvironmentHold): HoldKind => kind;

/** A hold whose time is over is none, whether or not somebody has cleared it away. */
function holdsNow({ holds }: EnvironmentData, now: number): EnvironmentHold[] {
  return holds.filter(({ until }) => until === undefined || until > now);
}

/** The gravest hold that is in force. */
export function holdNow(data: EnvironmentData, now: number): EnvironmentHold | undefined {
  const holds = holdsNow(data, now);
  return GRAVEST_FIRST.flatMap((kind) => holds.filter((hold) => kindOf(hold) === kind))[0];
}

export function isHeld(data: EnvironmentData, kind: HoldKind, now: number): boolean {
  return holdsNow(data, now).some((hold) => kindOf(hold) === kind);
}

/** When the next hold ends by itself, if one does. */
export function nextHoldEnd(data: EnvironmentData, now: number): number | undefined {
  const ends = holdsNow(data, now).flatMap(({ until }) => until ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Clears away what is over. */
export function withoutPastHolds(data: EnvironmentData, now: number): EnvironmentData {
  const holds = holdsNow(data, now);
  return holds.length === data.holds.length ? data : { ...data, holds };
}

export function withHold(data: EnvironmentData, hold: EnvironmentHold): EnvironmentData {
  return { ...data, holds: [...without(data, kindOf(hold)).holds, hold] };
}

function without(data: EnvironmentData, ...kinds: HoldKind[]): EnvironmentData {
  return { ...data, holds: data.holds.filter((hold) => !kinds.includes(kindOf(hold))) };
}

/** Why a hold that was asked for cannot be; undefined when it can. Takes whatever a dialog sent. */
export function whyNoHold(data: EnvironmentData, asked: unknown, now: number): string | undefined {
  const unsaid = whoAndWhy(asked, 'stops the line');
  if (unsaid !== undefined) return unsaid;
  const { by, until } = asked as Hold;
  if (until !== undefined && !(typeof until === 'number' && Number.isFinite(until) && until > now))
    return '`until` must be a moment to come, in milliseconds since the epoch; leave it out to hold until `resume`';
  const other = holdsNow(data, now).find((hold) => kindOf(hold) === 'person' && hold.by !== by);
  // A shorter hold would end a longer one that somebody else counts on.
  if (other) return `${other.by} holds the environment already (${other.reason}); resume it first`;
  return undefined;
}

/** What is in flight finishes; nothing new begins. The same person's earlier hold is replaced. */
export function holdBy(data: EnvironmentData, { by, reason, until }: Hold, now: number): EnvironmentData {
  return withHold(data, { kind: 'person', reason, since: now, by, ...(until !== undefined && { until }) });
}

/** Why there is nothing to resume; undefined when there is. */
export function whyNoResume(data: EnvironmentData, asked: unknown, now: number): string | undefined {
  if (textIn(asked, 'by') === undefined) return '`by` is missing: who lets the line go on?';
  if (isHeld(data, 'person', now) || isHeld(data, 'after-rollback', now)) return undefined;
  if (isDoubtful(data, now))
    return 'what runs here is in doubt: look at it, then use `resolve`; `resume` is for holds of a person or after a rollback';
  return 'the environment is not on hold';
}

export function resume(data: EnvironmentData): EnvironmentData {
  return without(data, 'person', 'after-rollback');
}

/** Why there is nothing to resolve; undefined when there is. */
export function whyNoResolve(data: EnvironmentData, asked: unknown, now: number): string | undefined {
  const unsaid = whoAndWhy(asked, 'resolves it');
  if (unsaid !== undefined) return unsaid;
  if (isDoubtful(data, now)) return undefined;
  if (holdNow(data, now)) return 'nothing is in doubt here: use `resume` to end this hold';
  return 'the environment is not on hold';
}

/** A person has looked after what was left in doubt. Other holds stay. */
export function resolve(data: EnvironmentData): EnvironmentData {
  const { unclean, ...rest } = without(data, 'unclean');
  return rest;
}

/** After an end that was not clean, until somebody knows what runs. */
export function isDoubtful(data: EnvironmentData, now: number): boolean {
  return data.unclean !== undefined || isHeld(data, 'unclean', now);
}

/** A rollback by hand was verified: what runs is known, and stays until a person lets the line go on. */
export function holdAfterRollback(data: EnvironmentData, current: CurrentDeployment, now: number): EnvironmentData {
  const { by, reason } = current.rollback ?? { by: 'sluice', reason: 'a rollback by hand' };
  const { unclean, ...rest } = without(data, 'unclean');
  return withHold(rest, {
    kind: 'after-rollback',
    reason: `${by} rolled back to ${shortCommit(current.commit)}: ${reason}`,
    since: now,
    by,
  });
}

/** Why a message that must say who and why does not; undefined when it does. Takes whatever a dialog sent. */
export function whoAndWhy(asked: unknown, does: string): string | undefined {
  const [by, reason] = [textIn(asked, 'by'), textIn(asked, 'reason')];
  if (by === undefined) return `\`by\` is missing: who ${does}?`;
  if (reason === undefined) return '`reason` is missing: it is recorded';
  // Everybody who waits is told, and it is carried over each continue-as-new.
  if (Math.max(by.length, reason.length) > LONGEST_TEXT)
    return `\`by\` and \`reason\` may have ${LONGEST_TEXT} characters each`;
  return undefined;
}

function textIn(asked: unknown, key: string): string | undefined {
  const value: unknown =
    typeof asked === 'object' && asked !== null ? (asked as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
