import { parseReleaseConfig } from '../../../model/config/parse';
import { formatProblem } from '../../../model/config/release-config';
import type { EnvironmentSpec } from '../../../model/plan';
import { SMALLEST } from './example';

const withLine = (line: string): ReturnType<typeof parseReleaseConfig> =>
  parseReleaseConfig(SMALLEST.replace('    cluster: main', `    cluster: main\n    ${line}`), 'release.yml');

function accepted(line: string): EnvironmentSpec | undefined {
  const parsed = withLine(line);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.config.environments[0];
}

function refused(line: string): string {
  const parsed = withLine(line);
  return parsed.ok ? 'accepted' : parsed.problems.map(formatProblem).join('\n');
}

const weekly = (more: string): string => `freeze: [{ ${more}, time-zone: Europe/Berlin, reason: weekend }]`;

describe('the line of an environment in release.yml and policy.yml', () => {
  it.each(['queue', 'latest', 'reject'] as const)('takes the queue policy %s', (policy) => {
    expect(accepted(`queue: ${policy}`)).toMatchObject({ queue: policy });
  });

  it.each([
    ['soak: 30m', 1_800_000],
    ['soak: 30d', 2_592_000_000],
  ])('takes %s', (line, soakMs) => expect(accepted(line)).toMatchObject({ soakMs }));

  it('says nothing of what was not written', () => {
    for (const key of ['queue', 'freeze', 'soakMs']) expect(accepted('freeze: []')).not.toHaveProperty(key);
  });

  it('takes weekly and dated windows, quoted or not', () => {
    const spec = accepted(
      `freeze:
      - { days: [friday, sunday], from: 18:00, until: '06:00', time-zone: Europe/Berlin, reason: weekend, owner: ann, expires: 2027-06-30 }
      - { from: 2026-12-23T18:00, until: 2027-01-04T08:00, time-zone: UTC, reason: holidays }`,
    );
    expect(spec?.freeze).toEqual([
      {
        kind: 'weekly',
        days: ['friday', 'sunday'],
        from: '18:00',
        until: '06:00',
        timeZone: 'Europe/Berlin',
        reason: 'weekend',
        owner: 'ann',
        expires: '2027-06-30',
      },
      { kind: 'dated', from: '2026-12-23T18:00', until: '2027-01-04T08:00', timeZone: 'UTC', reason: 'holidays' },
    ]);
  });

  it.each<[string, string, string]>([
    ['another policy', 'queue: fifo', '`queue` is "fifo": expected one of queue, latest, reject'],
    ['a soak without a unit', 'soak: 30', '`soak` is the number 30: expected a duration'],
    ['a soak of months', 'soak: 31d', 'expected at most 30 days'],
    ['a window that is no list', 'freeze: { from: x }', '`freeze` is a mapping: expected a list of windows'],
    [
      'an unknown zone',
      weekly('days: [friday], from: 18:00, until: 20:00').replace('Berlin', 'Atlantis'),
      'expected an IANA time zone such as Europe/Berlin',
    ],
    [
      'an offset',
      weekly('days: [friday], from: 18:00, until: 20:00').replace('Europe/Berlin', "'+01:00'"),
      'expected an IANA time zone',
    ],
    [
      'an hour that no day has',
      weekly('days: [friday], from: 18:00, until: 24:00'),
      '`until` is "24:00": expected a local time',
    ],
    [
      'an hour without minutes',
      weekly('days: [friday], from: 18, until: 20:00'),
      '`from` is the number 18: expected a local time',
    ],
    [
      'a day that no week has',
      weekly('days: [freitag], from: 18:00, until: 20:00'),
      'is "freitag": expected one of monday',
    ],
    ['a day twice', weekly('days: [friday, friday], from: 18:00, until: 20:00'), '`days` names a day twice'],
    ['no day at all', weekly('days: [], from: 18:00, until: 20:00'), 'expected a list of days'],
    [
      'a date beside days',
      weekly('days: [friday], from: 2026-12-23T18:00, until: 20:00'),
      '`from` has a date, but `days` make the window weekly',
    ],
    [
      'neither date nor days',
      weekly('from: 18:00, until: 2026-12-23T18:00'),
      '`from` has no date; write one, such as 2026-12-23T18:00',
    ],
    [
      'a day that no month has',
      weekly('from: 2026-02-28T18:00, until: 2026-02-30T18:00'),
      'a day that the calendar has',
    ],
    [
      'an end before the beginning',
      weekly('from: 2026-12-23T18:00, until: 2026-12-23T18:00'),
      '`until` is not later than `from`',
    ],
    [
      'an expiry of a dated one',
      weekly('from: 2026-12-23T18:00, until: 2026-12-24T18:00, expires: 2026-12-31'),
      'a dated window ends by itself; remove `expires`',
    ],
    ['no reason', 'freeze: [{ days: [friday], from: 18:00, until: 20:00, time-zone: UTC }]', '`reason` is missing'],
    ['an unknown key', weekly('day: [friday], from: 18:00, until: 20:00'), 'unknown key `day`; did you mean `days`?'],
  ])('refuses %s', (_what, line, expected) => expect(refused(line)).toContain(expected));
});
