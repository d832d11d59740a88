import { WEEKDAYS } from './plan';
import type { Weekday } from './plan';

/** Local times of an IANA time zone as instants, and back, by the time zone data of the Node that runs this. */

const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` and `HH:MM`, as clocks there show it. */
export interface LocalTime {
  date: string;
  time: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times more than using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether it is an IANA name, `UTC` included. Offsets and abbreviations are none: they know no summer time. */
export function isTimeZone(name: string): boolean {
  if (name !== 'UTC' && !/^[A-Z][A-Za-z_]*(?:\/[A-Za-z0-9_+-]+)+$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock there would show, as if it were UTC: milliseconds, whole seconds. */
function wallClock(at: number, timeZone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function offsetAt(at: number, timeZone: string): number {
  const seconds = Math.floor(at / 1000) * 1000;
  return wallClock(seconds, timeZone) - seconds;
}

export function localTime(at: number, timeZone: string): LocalTime {
  const [date = '', time = ''] = new Date(wallClock(at, timeZone)).toISOString().split('T');
  return { date, time: time.slice(0, 5) };
}

/**
 * When clocks there show `local`, in milliseconds since the epoch.
 *
 * When clocks go back they show it twice: `which` says which one is meant. When they go forward they may never show it: then
 * the moment at which they pass it.
 */
export function instantOf({ date, time }: LocalTime, timeZone: string, which: 'earlier' | 'later'): number {
  const wall = Date.parse(`${date}T${time}Z`);
  const offsets = [offsetAt(wall - DAY_MS, timeZone), offsetAt(wall + DAY_MS, timeZone)];
  const shown = offsets.map((offset) => wall - offset).filter((at) => at + offsetAt(at, timeZone) === wall);
  if (shown.length > 0) return which === 'earlier' ? Math.min(...shown) : Math.max(...shown);
  let [before, after] = [wall - Math.max(...offsets), wall - Math.min(...offsets)];
  const old = offsetAt(before, timeZone);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle, timeZone) === old) before = middle;
    else after = middle;
  }
  return after;
}

/** The date so many days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function weekdayOf(date: string): Weekday {
  // Sunday is 0 there; our list begins with Monday.
  const index = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return WEEKDAYS[index] ?? 'monday';
}

/** Whether the calendar has that day, given as `YYYY-MM-DD`. */
export function isDate(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
