import type { EnvironmentData } from '../../model/environment-data';
import { afterEnd } from '../../model/environment-end';
import {
  holdBy,
  holdNow,
  resolve,
  resume,
  whyNoHold,
  whyNoResolve,
  whyNoResume,
  withHold,
} from '../../model/environment-hold';
import { nextInLine, nextStep, waitWords } from '../../model/environment-line';
import { breakGlass, enqueue, offer, standingOf, started, whyNoBreakGlass } from '../../model/environment-queue';
import { environmentTable } from '../../model/environment-table';
import type { EnvironmentHold } from '../../model/messages';
import type { FreezeWindow } from '../../model/plan';
import { deploymentOutcome } from '../helpers/requests';
import { HOUR_MS, NOW, lineOf, request, rollback } from './environment-samples';

const FREEZE: FreezeWindow = {
  kind: 'dated',
  from: '2026-11-23T00:00',
  until: '2026-11-23T12:00',
  timeZone: 'UTC',
  reason: 'stocktaking',
  owner: 'the shop team',
};
const PERSON: EnvironmentHold = { kind: 'person', by: 'ann', reason: 'incident 7', since: NOW };
const UNCLEAN: EnvironmentHold = { kind: 'unclean', by: 'sluice', reason: 'api runs td:9', since: NOW };
const AFTER: EnvironmentHold = { kind: 'after-rollback', by: 'bob', reason: 'bob rolled back', since: NOW };
const ALL = [PERSON, UNCLEAN, AFTER];
const BROKEN = { by: 'eve', reason: 'paying customers cannot pay' };

const a = request('a');
const b = request('b');
const cold = request('cold', {}, { freeze: [FREEZE] });
const opened = request('opened', { breakGlass: BROKEN }, { freeze: [FREEZE] });
const back = rollback('back');

describe('whose turn it is', () => {
  it.each<[string, EnvironmentData, string | undefined]>([
    ['nobody, when nobody waits', lineOf(), undefined],
    ['the first', lineOf(a, b), 'a'],
    ['nobody, while another is in flight', started(offer(lineOf(a, b), a), 'run'), undefined],
    ['a rollback, whoever waits', lineOf(a, b, back), 'back'],
    ['the rollback that came first', lineOf(a, back, rollback('back2')), 'back'],
    ['nobody, on a hold of a person', withHold(lineOf(a), PERSON), undefined],
    ['nobody, on hold after a rollback', withHold(lineOf(a), AFTER), undefined],
    ['nobody, on hold after an unclean end', withHold(lineOf(a), UNCLEAN), undefined],
    [
      'nobody, while an unclean end was not looked at',
      { ...lineOf(a), unclean: { cause: 'cut off', environment: a.environment } },
      undefined,
    ],
    ['the first, once the hold is over', withHold(lineOf(a), { ...PERSON, until: NOW }), 'a'],
    ['nobody, until the hold is over', withHold(lineOf(a), { ...PERSON, until: NOW + 1 }), undefined],
    ['nobody, when the first is frozen', lineOf(cold), undefined],
    ['nobody, even if one behind the frozen first is not', lineOf(cold, a), undefined],
    ['the first, when only one behind it is frozen', lineOf(a, cold), 'a'],
    ['a rollback, through every hold', ALL.reduce(withHold, lineOf(a, back)), 'back'],
    ['a rollback, through a freeze', lineOf(cold, back), 'back'],
    [
      'a rollback, before anybody has looked at an unclean end',
      { ...lineOf(back), unclean: { cause: 'cut off', environment: a.environment } },
      'back',
    ],
    ['who broke the glass, through its own freeze', lineOf(opened), 'opened'],
    ['who broke the glass, past the frozen first', lineOf(cold, opened), 'opened'],
    ['who broke the glass, through a hold', withHold(lineOf(a, opened), PERSON), 'opened'],
    ['who broke the glass, through a hold after a rollback', withHold(lineOf(a, opened), AFTER), 'opened'],
    ['the first all the same, where nothing stops the line', lineOf(a, opened), 'a'],
    ['nobody, through an unclean end with a broken glass', withHold(lineOf(opened), UNCLEAN), undefined],
    ['a rollback before a broken glass', withHold(lineOf(opened, back), PERSON), 'back'],
  ])('%s', (_what, data, expected) => {
    expect(nextInLine(data, NOW)?.requestId).toBe(expected);
  });
});

describe('what an environment does next', () => {
  const flying = started(offer(lineOf(a, b), a), 'run');
  const enqueued = (data: EnvironmentData, next = back): EnvironmentData => enqueue(data, next, NOW);

  it.each<[string, EnvironmentData, object]>([
    ['waits for the end of what is in flight', flying, { kind: 'await end', runId: 'run' }],
    ['takes it back when a rollback by hand comes', enqueued(flying), { kind: 'abort', current: flying.current }],
    [
      'takes it back once',
      enqueued({ ...flying, current: { ...flying.current!, abortedFor: 'back' } }),
      { kind: 'await end' },
    ],
    [
      'lets a rollback by hand finish before the next one',
      enqueued(started(offer(lineOf(back), back), 'run'), rollback('back2')),
      { kind: 'await end' },
    ],
    [
      'grants a rollback before it looks at an unclean end',
      enqueued({ ...lineOf(a), unclean: { cause: 'cut off', environment: a.environment } }),
      { kind: 'grant', request: back },
    ],
    [
      'looks at an unclean end before anybody else',
      { ...lineOf(a), unclean: { cause: 'cut off', environment: a.environment } },
      { kind: 'look' },
    ],
    ['waits until the freeze ends', lineOf(cold), { kind: 'wait', until: NOW + 2 * HOUR_MS }],
    ['waits until a hold ends', withHold(lineOf(a), { ...PERSON, until: NOW + 5 }), { kind: 'wait', until: NOW + 5 }],
    ['waits for a word where a hold has no end', withHold(lineOf(cold), PERSON), { kind: 'wait' }],
    ['waits for a word where nobody waits', lineOf(), { kind: 'wait' }],
  ])('%s', (_what, data, expected) => {
    const step = nextStep(data, NOW);
    expect(step).toMatchObject(expected);
    if (!('until' in expected)) expect(step).not.toHaveProperty('until');
  });
});

describe('why one waits', () => {
  it.each<[string, EnvironmentData, string, string]>([
    ['hold', withHold(lineOf(a), PERSON), 'a', 'the environment is on hold: incident 7'],
    [
      'a hold with an end',
      withHold(lineOf(a), { ...PERSON, until: NOW + HOUR_MS }),
      'a',
      'the environment is on hold until 2026-11-23T11:00Z: incident 7',
    ],
    ['the gravest hold', ALL.reduce(withHold, lineOf(a)), 'a', 'the environment is on hold: api runs td:9'],
    ['freeze', lineOf(cold), 'cold', 'frozen until 2026-11-23 12:00 (UTC): stocktaking; ask the shop team'],
    [
      'a frozen first',
      lineOf(cold, a),
      'a',
      expect.stringContaining('stocktaking; ask the shop team, 1 ahead') as string,
    ],
    [
      'an end that is looked at',
      { ...lineOf(a), unclean: { cause: 'it was cut off', environment: a.environment } },
      'a',
      'seeing what runs, since it was cut off',
    ],
    [
      'a broken glass, behind one in flight',
      enqueue(started(offer(lineOf(a), a), 'run'), opened, NOW),
      'opened',
      'release:shop:a is being deployed',
    ],
    [
      'a rollback, for what is taken back',
      { ...lineOf(back), current: { ...started(offer(lineOf(a), a), 'run').current!, abortedFor: 'back' } },
      'back',
      'release:shop:a is being taken back for a rollback',
    ],
  ])('%s', (_what, data, requestId, reason) => {
    expect(standingOf(data, requestId, NOW)).toMatchObject({ kind: 'queued', reason });
  });
});

it('the summary of a timer stays within what Temporal takes', () => {
  const held = withHold(lineOf(a), { ...PERSON, reason: 'ü'.repeat(500), until: NOW + HOUR_MS });
  expect(Buffer.byteLength(JSON.stringify(waitWords(held, NOW)))).toBeLessThan(400);
});

describe('hold, resume, resolve', () => {
  it.each<[string, EnvironmentData, unknown, string | undefined]>([
    ['by somebody, for a reason', lineOf(), { by: 'ann', reason: 'x' }, undefined],
    ['until a moment to come', lineOf(), { by: 'ann', reason: 'x', until: NOW + 1 }, undefined],
    ['until a moment that is past', lineOf(), { by: 'ann', reason: 'x', until: NOW }, 'moment to come'],
    ['until something else', lineOf(), { by: 'ann', reason: 'x', until: 'noon' }, 'moment to come'],
    ['by nobody', lineOf(), { reason: 'x' }, '`by` is missing'],
    ['for no reason', lineOf(), { by: 'ann', reason: ' ' }, '`reason` is missing'],
    ['for a reason that is a book', lineOf(), { by: 'ann', reason: 'x'.repeat(501) }, 'may have 500 characters'],
    ['with nothing at all', lineOf(), undefined, '`by` is missing'],
    ['again by the same', withHold(lineOf(), PERSON), { by: 'ann', reason: 'y' }, undefined],
    ['by another, over the first', withHold(lineOf(), PERSON), { by: 'bob', reason: 'y' }, 'ann holds'],
    ['beside a hold after a rollback', withHold(lineOf(), AFTER), { by: 'ann', reason: 'y' }, undefined],
  ])('hold %s', (_what, data, asked, refusal) => {
    const answer = whyNoHold(data, asked, NOW);
    if (refusal === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(refusal);
  });

  it.each<[string, EnvironmentHold[], string | undefined, string | undefined]>([
    ['no hold', [], 'not on hold', 'not on hold'],
    ['a hold of a person', [PERSON], undefined, 'use `resume`'],
    ['a hold after a rollback', [AFTER], undefined, 'use `resume`'],
    ['an unclean end', [UNCLEAN], 'use `resolve`', undefined],
    ['all of them', ALL, undefined, undefined],
    [
      'a hold of an earlier version, without a kind',
      [{ by: 'sluice', reason: 'x', since: 0 }],
      'use `resolve`',
      undefined,
    ],
  ])('with %s, resume and resolve know which is right', (_what, holds, noResume, noResolve) => {
    const data = holds.reduce(withHold, lineOf());
    const asked = { by: 'ann', reason: 'looked' };
    for (const [answer, refusal] of [
      [whyNoResume(data, asked, NOW), noResume],
      [whyNoResolve(data, asked, NOW), noResolve],
    ]) {
      if (refusal === undefined) expect(answer).toBeUndefined();
      else expect(answer).toContain(refusal);
    }
  });

  it('each ends its own holds only', () => {
    const all = ALL.reduce(withHold, lineOf());
    expect(holdNow(all, NOW)?.kind).toBe('unclean');
    expect(resume(all).holds).toEqual([UNCLEAN]);
    expect(resolve(all).holds).toEqual([PERSON, AFTER]);
  });

  it("a second hold of the same person takes the first one's place", () => {
    const data = holdBy(withHold(lineOf(), PERSON), { by: 'ann', reason: 'longer', until: NOW + 5 }, NOW);
    expect(data.holds).toEqual([{ kind: 'person', by: 'ann', reason: 'longer', since: NOW, until: NOW + 5 }]);
  });

  it('a look at an unclean end can be cut short by a person', () => {
    const data = { ...lineOf(a), unclean: { cause: 'cut off', environment: a.environment } };
    expect(nextInLine(resolve(data), NOW)).toBe(a);
  });
});

describe('a rollback by hand', () => {
  const flying = started(offer(withHold(lineOf(back, a), UNCLEAN), back), 'run');
  const end = (outcome: 'released' | 'rollback-failed' | 'aborted'): EnvironmentData =>
    afterEnd(flying, flying.current!, deploymentOutcome({ requestId: 'back', outcome }), NOW);

  it('that was verified holds the line, and settles what was in doubt', () => {
    const { holds, errands } = end('released');
    expect(holds).toEqual([
      {
        kind: 'after-rollback',
        by: 'ann',
        since: NOW,
        reason: expect.stringMatching(/^ann rolled back to back0+: checkout is broken$/) as string,
      },
    ]);
    expect(errands).toEqual([]);
  });

  it('that failed leaves a doubt', () => {
    expect(nextStep(end('rollback-failed'), NOW)).toMatchObject({ kind: 'look' });
  });

  it('that changed nothing leaves everything as it was', () => {
    expect(end('aborted').holds).toEqual([UNCLEAN]);
  });
});

describe('breaking the glass', () => {
  it.each<[string, EnvironmentData, unknown, string | undefined]>([
    ['for one that waits', lineOf(cold), { requestId: 'cold', ...BROKEN }, undefined],
    ['for nobody who waits', lineOf(cold), { requestId: 'x', ...BROKEN }, 'no request'],
    ['for one in flight', offer(lineOf(cold), cold), { requestId: 'cold', ...BROKEN }, 'no request'],
    ['for a rollback', lineOf(back), { requestId: 'back', ...BROKEN }, 'neither hold nor freeze'],
    ['in doubt of what runs', withHold(lineOf(cold), UNCLEAN), { requestId: 'cold', ...BROKEN }, 'use `resolve`'],
    ['without a reason', lineOf(cold), { requestId: 'cold', by: 'eve' }, '`reason` is missing'],
    ['with nothing at all', lineOf(cold), null, '`by` is missing'],
  ])('%s', (_what, data, asked, refusal) => {
    const answer = whyNoBreakGlass(data, asked, NOW);
    if (refusal === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(refusal);
  });

  it('is recorded in the request, in what is known of its end, and for all to see', () => {
    const broken = breakGlass(lineOf(cold), { requestId: 'cold', ...BROKEN });
    const granted = nextInLine(broken, NOW);
    expect(granted).toMatchObject({ requestId: 'cold', breakGlass: BROKEN });
    const flying = started(offer(broken, granted!), 'run');
    const ended = afterEnd(flying, flying.current!, deploymentOutcome({ requestId: 'cold' }), NOW);
    expect(ended.recent).toMatchObject([{ requestId: 'cold', breakGlass: BROKEN }]);
    expect(environmentTable(ended, NOW)).toContain('eve broke the glass: paying customers cannot pay');
  });
});
