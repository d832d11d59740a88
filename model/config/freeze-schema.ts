import { z } from 'zod';
import { WEEKDAYS } from '../plan';
import type { FreezeWindow } from '../plan';
import { instantOf, isDate, isTimeZone } from '../zoned-time';
import { mapping, matching, oneOf, text } from './fields';

const MOST_WINDOWS = 50;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d$/;

const moment = 'a local time: 18:00 beside `days`, else with its date, such as 2026-12-23T18:00';
const DATE_EXPECTED = 'a date such as 2026-12-31';
const ZONE_EXPECTED = 'an IANA time zone such as Europe/Berlin, or UTC';
const DAYS_EXPECTED = `a list of days, of ${WEEKDAYS.join(', ')}`;
const expectation = { expectation: true } as const;

const boundary = () =>
  matching(new RegExp(`${TIME.source}|${MOMENT.source}`), moment).refine(
    (given) => !given.includes('T') || isDate(given.slice(0, 10)),
    { error: `${moment}, and a day that the calendar has`, params: expectation },
  );

const fields = mapping({
  days: z
    .array(oneOf(WEEKDAYS), { error: DAYS_EXPECTED })
    .min(1, DAYS_EXPECTED)
    .max(WEEKDAYS.length, DAYS_EXPECTED)
    .optional()
    .describe('Days of the week on which it begins, every week; without them it is dated.'),
  from: boundary().describe('When it begins, by the clocks of `time-zone`.'),
  until: boundary().describe('When it is over; where that is not later than `from` on a weekly one, on the next day.'),
  'time-zone': matching(/^[A-Za-z0-9_+/-]{1,64}$/, ZONE_EXPECTED)
    .refine(isTimeZone, { error: ZONE_EXPECTED, params: expectation })
    .describe('Whose clocks count, by IANA name; summer time is minded.'),
  reason: text('why nothing is released then, as text').describe('What people read who wait for it.'),
  owner: text('whom to ask about it, as text').optional().describe('Whom to ask about it.'),
  expires: matching(/^\d{4}-\d{2}-\d{2}$/, DATE_EXPECTED)
    .refine(isDate, { error: `${DATE_EXPECTED}, and a day that the calendar has`, params: expectation })
    .optional()
    .describe('Last day on which a weekly one begins.'),
});

const window = fields.superRefine(({ days, from, until, expires, 'time-zone': timeZone }, context) => {
  const say = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
  const wrong = Object.entries({ from, until }).filter(([, given]) => TIME.test(given) !== (days !== undefined));
  for (const [key] of wrong) {
    if (days)
      say(key, `\`${key}\` has a date, but \`days\` make the window weekly; write the time alone, such as 18:00`);
    else
      say(
        key,
        `\`${key}\` has no date; write one, such as 2026-12-23T18:00, or say on which \`days\` it is every week`,
      );
  }
  if (days && new Set(days).size < days.length) say('days', '`days` names a day twice; keep one of them');
  if (!days && expires !== undefined) say('expires', 'a dated window ends by itself; remove `expires`');
  if (wrong.length > 0 || days) return;
  if (instantIn(until, timeZone, 'later') <= instantIn(from, timeZone, 'earlier'))
    say('until', '`until` is not later than `from`: nothing would be frozen');
});

function instantIn(given: string, timeZone: string, which: 'earlier' | 'later'): number {
  const [date = '', time = ''] = given.split('T');
  return instantOf({ date, time }, timeZone, which);
}

const WINDOWS_EXPECTED = 'a list of windows, each with from, until, time-zone and reason';

export const freeze = z.array(window, { error: WINDOWS_EXPECTED }).max(MOST_WINDOWS, `at most ${MOST_WINDOWS} windows`);

type FreezeInFile = z.output<typeof freeze>;

/** The windows as a plan holds them. */
export function freezeWindows(file: FreezeInFile): FreezeWindow[] {
  return file.map(({ days, from, until, expires, 'time-zone': timeZone, reason, owner }) => {
    const base = { from, until, timeZone, reason, ...(owner !== undefined && { owner }) };
    if (!days) return { kind: 'dated', ...base };
    return { kind: 'weekly', days, ...base, ...(expires !== undefined && { expires }) };
  });
}
