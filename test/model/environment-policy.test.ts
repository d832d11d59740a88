import type { EnvironmentData } from '../../model/environment-data';
import { withHold } from '../../model/environment-hold';
import { MOST_WAITING, comparisons, supersede } from '../../model/environment-policy';
import { breakGlass, enqueue, offer, standingOf, started } from '../../model/environment-queue';
import type { EnvironmentHold } from '../../model/messages';
import { NOW, lineOf, request, rollback } from './environment-samples';

const PERSON: EnvironmentHold = { kind: 'person', by: 'ann', reason: 'incident 7', since: NOW };
const BROKEN = { by: 'eve', reason: 'paying customers cannot pay' };
const a = request('a');
const b = request('b');
const opened = request('opened', { breakGlass: BROKEN });
const back = rollback('back');

describe('queue policies', () => {
  const strict = (id: string) => request(id, {}, { queue: 'reject' });
  const newest = (id: string, more = {}) => request(id, more, { queue: 'latest' });

  it.each<[string, EnvironmentData, string | undefined]>([
    ['nobody is in front', lineOf(), undefined],
    ['somebody is in flight', started(offer(lineOf(a), a), 'run'), 'release:shop:a is being deployed'],
    ['a turn is being offered', offer(lineOf(a), a), 'release:shop:a is being deployed'],
    ['somebody waits', withHold(lineOf(a), PERSON), 'release:shop:a waits there already (asked for by ann)'],
    ['only a hold is in the way', withHold(lineOf(), PERSON), undefined],
  ])('reject, when %s', (_what, data, front) => {
    const next = enqueue(data, strict('s'), NOW);
    const expected =
      front === undefined
        ? { kind: 'queued' }
        : { kind: 'ended', outcome: { outcome: 'refused', cause: expect.stringContaining(front) as string } };
    expect(standingOf(next, 's', NOW)).toMatchObject(expected);
    expect(next.current).toBe(data.current);
  });

  it('reject does not stop a rollback', () => {
    const rollsBack = { ...back, environment: strict('s').environment };
    expect(standingOf(enqueue(lineOf(a), rollsBack, NOW), 'back', NOW)).toMatchObject({ kind: 'queued', position: 1 });
  });

  it('no line grows without end, but a rollback always finds its place', () => {
    const full = lineOf(...Array.from({ length: MOST_WAITING }, (_, n) => request(`n${n}`)));
    expect(standingOf(enqueue(full, a, NOW), 'a', NOW)).toMatchObject({
      kind: 'ended',
      outcome: { outcome: 'refused' },
    });
    expect(standingOf(enqueue(full, back, NOW), 'back', NOW)).toMatchObject({ kind: 'queued', position: 1 });
  });

  it('queue compares nobody and tells nobody', () => {
    expect(lineOf(request('x', {}, { queue: 'queue' }), request('y', {}, { queue: 'queue' })).errands).toEqual([]);
  });

  it('latest compares those who wait, and tells those who wait for approval', () => {
    expect(lineOf(a, newest('n')).errands).toMatchObject([
      { kind: 'compare', requestId: 'n' },
      { kind: 'announce', news: { what: 'asked', releaseId: 'release:shop:n' } },
    ]);
  });

  it.each<[string, EnvironmentData, string[]]>([
    ['each other that waits, both ways', lineOf(a, b, newest('n')), ['a<n', 'n<a', 'b<n', 'n<b']],
    ['no rollback', lineOf(back, newest('n')), []],
    ['not the same commit', lineOf(request('x', { commit: newest('n').commit }), newest('n')), []],
    ['nobody who goes back on purpose', lineOf(a, newest('n', { allowOlder: 'hotfix' })), ['a<n']],
    ['nobody for whom the glass was broken', lineOf(opened, newest('n')), ['n<opened']],
    ['nothing for one that has gone', lineOf(a), []],
  ])('latest compares %s', (_what, data, expected) => {
    expect(comparisons(data, 'n').map(({ older, newer }) => `${older.requestId}<${newer.requestId}`)).toEqual(expected);
  });

  it('the older one ends superseded, and is told by whom', () => {
    const data = supersede({ ...lineOf(a, newest('n')), errands: [] }, 'a', 'n', NOW);
    expect(data.queue.map(({ requestId }) => requestId)).toEqual(['n']);
    expect(data.errands).toMatchObject([
      {
        kind: 'tell',
        releaseId: 'release:shop:a',
        outcome: {
          requestId: 'a',
          outcome: 'superseded',
          cause: expect.stringMatching(/n0{11} is newer .*release:shop:n/) as string,
        },
      },
    ]);
    expect(standingOf(data, 'a', NOW)).toMatchObject({ kind: 'ended' });
  });

  it.each<[string, EnvironmentData]>([
    ['the newer one has gone', lineOf(a)],
    ["the older one's turn has come", offer(lineOf(a, newest('n')), a)],
    [
      'the glass was broken for the older one meanwhile',
      breakGlass(lineOf(a, newest('n')), { requestId: 'a', ...BROKEN }),
    ],
  ])('nobody is superseded when %s', (_what, data) => {
    expect(supersede(data, 'a', 'n', NOW)).toBe(data);
  });
});
