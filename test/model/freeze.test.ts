import { freezeWords, frozen } from '../../model/freeze';
import type { DatedFreeze, FreezeWindow, Weekday, WeeklyFreeze } from '../../model/plan';
import { WEEKDAYS } from '../../model/plan';
import { instantOf, isDate, isTimeZone, localTime } from '../../model/zoned-time';

const weekly = (days: Weekday[], from: string, until: string, more: Partial<WeeklyFreeze> = {}): WeeklyFreeze => ({
  kind: 'weekly',
  days,
  from,
  until,
  timeZone: 'Europe/Berlin',
  reason: 'nights',
  ...more,
});
const dated = (from: string, until: string, more: Partial<DatedFreeze> = {}): DatedFreeze => ({
  kind: 'dated',
  from,
  until,
  timeZone: 'Europe/Berlin',
  reason: 'holidays',
  ...more,
});
const at = (iso: string): number => Date.parse(iso);
/** When the freeze ends, as an instant in UTC, or `free`. */
const endAt = (windows: FreezeWindow[], iso: string): string => {
  const freeze = frozen(windows, at(iso));
  return freeze ? new Date(freeze.until).toISOString().replace(':00.000Z', 'Z') : 'free';
};

// 2026: 23 November is a Monday. Clocks of Berlin go forward on 29 March at 02:00 (01:00Z), back on 25 October at 03:00 (01:00Z).

describe('a weekly freeze', () => {
  const noon = weekly(['monday', 'wednesday'], '11:00', '13:00');
  const nights = weekly(['friday', 'sunday'], '22:00', '06:00');
  const wholeDay = weekly(['saturday'], '00:00', '00:00');

  it.each<[string, FreezeWindow, string, string]>([
    ['on its day', noon, '2026-11-23T11:00Z', '2026-11-23T12:00Z'],
    ['from its first moment', noon, '2026-11-23T10:00Z', '2026-11-23T12:00Z'],
    ['not before', noon, '2026-11-23T09:59:59Z', 'free'],
    ['not at its end', noon, '2026-11-23T12:00Z', 'free'],
    ['not on another day', noon, '2026-11-24T11:00Z', 'free'],
    ['on its other day', noon, '2026-11-25T11:30Z', '2026-11-25T12:00Z'],
    ['over midnight, in the evening', nights, '2026-11-27T21:30Z', '2026-11-28T05:00Z'],
    ['over midnight, in the morning', nights, '2026-11-28T04:59Z', '2026-11-28T05:00Z'],
    ['over midnight, from Sunday to Monday', nights, '2026-11-30T00:00Z', '2026-11-30T05:00Z'],
    ['not on the evening before its day', nights, '2026-11-26T22:00Z', 'free'],
    ['a whole day, midnight to midnight there', wholeDay, '2026-11-27T23:00Z', '2026-11-28T23:00Z'],
    ['not a moment longer', wholeDay, '2026-11-28T23:00Z', 'free'],
    [
      'by the day there, not by UTC',
      weekly(['tuesday'], '00:00', '09:00', { timeZone: 'Asia/Tokyo' }),
      '2026-11-23T15:00Z',
      '2026-11-24T00:00Z',
    ],
    ['on its last day', { ...noon, expires: '2026-11-23' }, '2026-11-23T11:00Z', '2026-11-23T12:00Z'],
    ['not after it expired', { ...noon, expires: '2026-11-24' }, '2026-11-25T11:00Z', 'free'],
    ['over midnight of its last day', { ...nights, expires: '2026-11-27' }, '2026-11-28T04:00Z', '2026-11-28T05:00Z'],
  ])('%s', (_what, window, now, expected) => expect(endAt([window], now)).toBe(expected));
});

describe('a dated freeze', () => {
  const holidays = dated('2026-12-23T18:00', '2027-01-04T08:00');

  it.each<[string, FreezeWindow, string, string]>([
    ['before it', holidays, '2026-12-23T16:59:59Z', 'free'],
    ['from its first moment', holidays, '2026-12-23T17:00Z', '2027-01-04T07:00Z'],
    ['in its midst', holidays, '2026-12-31T23:59Z', '2027-01-04T07:00Z'],
    ['at its end', holidays, '2027-01-04T07:00Z', 'free'],
    ['in a zone of half an hour', { ...holidays, timeZone: 'Asia/Kolkata' }, '2026-12-23T12:30Z', '2027-01-04T02:30Z'],
    ['in UTC', { ...holidays, timeZone: 'UTC' }, '2026-12-23T18:00Z', '2027-01-04T08:00Z'],
  ])('%s', (_what, window, now, expected) => expect(endAt([window], now)).toBe(expected));
});

describe('when clocks change', () => {
  it.each<[string, FreezeWindow, string, string]>([
    [
      'a night is an hour shorter in spring',
      weekly(['saturday'], '22:00', '06:00'),
      '2026-03-28T21:00Z',
      '2026-03-29T04:00Z',
    ],
    [
      'a night is an hour longer in autumn',
      weekly(['saturday'], '22:00', '06:00'),
      '2026-10-24T20:00Z',
      '2026-10-25T05:00Z',
    ],
    [
      'the same hour before the change is another instant',
      weekly(['saturday'], '12:00', '13:00'),
      '2026-03-28T11:30Z',
      '2026-03-28T12:00Z',
    ],
    ['than after it', weekly(['saturday'], '12:00', '13:00'), '2026-04-04T10:30Z', '2026-04-04T11:00Z'],
    [
      'an end that no clock shows is when clocks jump over it',
      dated('2026-03-29T00:00', '2026-03-29T02:30'),
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
    ],
    ['so is a beginning: free until then', dated('2026-03-29T02:30', '2026-03-29T05:00'), '2026-03-29T00:59Z', 'free'],
    ['and frozen from then', dated('2026-03-29T02:30', '2026-03-29T05:00'), '2026-03-29T01:00Z', '2026-03-29T03:00Z'],
    [
      'an end that clocks show twice is the later one',
      dated('2026-10-25T00:00', '2026-10-25T02:30'),
      '2026-10-25T00:45Z',
      '2026-10-25T01:30Z',
    ],
    [
      'a beginning that clocks show twice is the earlier one',
      dated('2026-10-25T02:30', '2026-10-25T05:00'),
      '2026-10-25T00:30Z',
      '2026-10-25T04:00Z',
    ],
    [
      'New York has its own day for it',
      weekly(['sunday'], '00:00', '06:00', { timeZone: 'America/New_York' }),
      '2026-11-01T05:30Z',
      '2026-11-01T11:00Z',
    ],
    [
      'half an hour on Lord Howe',
      dated('2026-04-05T00:00', '2026-04-05T01:45', { timeZone: 'Australia/Lord_Howe' }),
      '2026-04-04T14:00Z',
      '2026-04-04T15:15Z',
    ],
    [
      'a day that a zone left out',
      dated('2011-12-30T12:00', '2011-12-31T06:00', { timeZone: 'Pacific/Apia' }),
      '2011-12-30T10:00Z',
      '2011-12-30T16:00Z',
    ],
  ])('%s', (_what, window, now, expected) => expect(endAt([window], now)).toBe(expected));
});

describe('several windows', () => {
  it('nothing is frozen without one', () => {
    expect(frozen(undefined, at('2026-11-23T11:00Z'))).toBeUndefined();
    expect(frozen([], at('2026-11-23T11:00Z'))).toBeUndefined();
  });

  it('that adjoin are one freeze with both reasons and both owners', () => {
    const windows = [
      weekly(['friday'], '18:00', '00:00', { reason: 'Friday evening', owner: 'ann' }),
      weekly(['saturday', 'sunday'], '00:00', '00:00', { reason: 'weekend', owner: 'bob' }),
    ];
    expect(frozen(windows, at('2026-11-27T18:00Z'))).toEqual({
      reason: 'Friday evening; then weekend',
      owner: 'ann, bob',
      until: at('2026-11-29T23:00Z'),
      timeZone: 'Europe/Berlin',
    });
  });

  it('that overlap end with the last of them', () => {
    const windows = [dated('2026-12-01T00:00', '2026-12-05T00:00'), dated('2026-12-02T00:00', '2026-12-03T00:00')];
    expect(endAt(windows, '2026-12-02T12:00Z')).toBe('2026-12-04T23:00Z');
  });

  it('that do not touch are two', () => {
    const windows = [weekly(['monday'], '10:00', '11:00'), weekly(['monday'], '11:01', '12:00')];
    expect(endAt(windows, '2026-11-23T09:30Z')).toBe('2026-11-23T10:00Z');
    expect(endAt(windows, '2026-11-23T10:00Z')).toBe('free');
  });

  it('of different zones join by the instant', () => {
    const windows = [
      dated('2026-11-23T10:00', '2026-11-23T12:00'),
      dated('2026-11-23T11:00', '2026-11-23T12:00', { timeZone: 'UTC', reason: 'audit' }),
    ];
    expect(endAt(windows, '2026-11-23T09:30Z')).toBe('2026-11-23T12:00Z');
  });

  it('that never end are followed for a while, and no longer', () => {
    const freeze = frozen([weekly([...WEEKDAYS], '00:00', '00:00')], at('2026-11-23T11:00Z'));
    expect(freeze?.until).toBeGreaterThan(at('2027-01-01T00:00Z'));
  });
});

it('a freeze in words says until when, where, why, and whom to ask', () => {
  const freeze = frozen(
    [dated('2026-12-23T18:00', '2027-01-04T08:00', { owner: 'the shop team' })],
    at('2026-12-24T12:00Z'),
  );
  expect(freezeWords(freeze!)).toBe('frozen until 2027-01-04 08:00 (Europe/Berlin): holidays; ask the shop team');
});

describe('local time', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Chatham'];
  const CHANGING_MONTHS = [2, 3, 8, 9, 10];

  it.each(zones)(
    'of every hour of the months in which clocks change in %s comes back as the same instant, or its twin',
    (zone) => {
      const astray: string[] = [];
      for (const month of CHANGING_MONTHS) {
        for (let instant = Date.UTC(2026, month); instant < Date.UTC(2026, month + 1); instant += 3_600_000) {
          const local = localTime(instant, zone);
          const back = [instantOf(local, zone, 'earlier'), instantOf(local, zone, 'later')];
          if (!back.includes(instant)) astray.push(new Date(instant).toISOString());
        }
      }
      expect(astray).toEqual([]);
    },
  );

  it.each([
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['UTC', true],
    ['Europe/Atlantis', false],
    ['+01:00', false],
    ['CET', false],
    ['berlin', false],
    ['', false],
  ])('%s is the name of a zone: %s', (name, expected) => expect(isTimeZone(name)).toBe(expected));

  it.each([
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-04-31', false],
  ])('%s is a day of the calendar: %s', (date, expected) => expect(isDate(date)).toBe(expected));
});
