import type { DatedFreeze, FreezeWindow, WeeklyFreeze } from './plan';
import { addDays, instantOf, localTime, weekdayOf } from './zoned-time';

/** A freeze that is in force. */
export interface Freeze {
  reason: string;
  /** Whom to ask. */
  owner?: string;
  /** When it ends, adjoining windows included, in milliseconds since the epoch. */
  until: number;
  /** Of the window that ends last: people read `until` in it. */
  timeZone: string;
}

/** Windows without a gap between them are followed this far; the end is then looked for again when that has come. */
const MOST_ADJOINING = 100;

/**
 * The freeze that is in force at `now`, or undefined. It begins at `from` and is over at `until`.
 *
 * Where clocks go back, the longer reading counts: from the first time that they show `from` until the last time that they
 * show `until`.
 */
export function frozen(windows: readonly FreezeWindow[] | undefined, now: number): Freeze | undefined {
  if (!windows || windows.length === 0) return undefined;
  let until = now;
  const inForce: FreezeWindow[] = [];
  for (let round = 0; round < MOST_ADJOINING; round += 1) {
    const [last] = windows
      .flatMap((window) => endOf(window, until).map((end) => ({ window, end })))
      .sort((one, other) => other.end - one.end);
    if (!last) break;
    until = last.end;
    if (!inForce.includes(last.window)) inForce.push(last.window);
  }
  const last = inForce.at(-1);
  if (!last) return undefined;
  const owners = [...new Set(inForce.flatMap(({ owner }) => owner ?? []))];
  return {
    reason: [...new Set(inForce.map(({ reason }) => reason))].join('; then '),
    ...(owners.length > 0 && { owner: owners.join(', ') }),
    until,
    timeZone: last.timeZone,
  };
}

/** When the window that is in force at `at` ends; empty when none is. */
function endOf(window: FreezeWindow, at: number): number[] {
  return spansOf(window, at).flatMap(({ start, end }) => (start <= at && at < end ? [end] : []));
}

interface Span {
  start: number;
  end: number;
}

/** Those that may be in force at `at`. */
function spansOf(window: FreezeWindow, at: number): Span[] {
  return window.kind === 'dated' ? [datedSpan(window)] : weeklySpans(window, at);
}

function datedSpan({ from, until, timeZone }: DatedFreeze): Span {
  return {
    start: instantOf(dateAndTime(from), timeZone, 'earlier'),
    end: instantOf(dateAndTime(until), timeZone, 'later'),
  };
}

function dateAndTime(text: string): { date: string; time: string } {
  const [date = '', time = ''] = text.split('T');
  return { date, time };
}

/** A window that began yesterday may reach over midnight. */
function weeklySpans({ days, from, until, timeZone, expires }: WeeklyFreeze, at: number): Span[] {
  const today = localTime(at, timeZone).date;
  return [addDays(today, -1), today]
    .filter((date) => days.includes(weekdayOf(date)) && (expires === undefined || date <= expires))
    .map((date) => ({
      start: instantOf({ date, time: from }, timeZone, 'earlier'),
      end: instantOf({ date: until <= from ? addDays(date, 1) : date, time: until }, timeZone, 'later'),
    }));
}

/** `frozen until 2026-12-28 08:00 (Europe/Berlin): holidays; ask the shop team`. */
export function freezeWords({ reason, owner, until, timeZone }: Freeze): string {
  const { date, time } = localTime(until, timeZone);
  return `frozen until ${date} ${time} (${timeZone}): ${reason}${owner === undefined ? '' : `; ask ${owner}`}`;
}
