import type { EnvironmentData } from '../../model/environment-data';
import { emptyEnvironment } from '../../model/environment-data';
import { afterEnd, isCleanEnd, reasonToHold, sightOf } from '../../model/environment-end';
import { nextInLine } from '../../model/environment-line';
import {
  dropOffer,
  enqueue,
  giveWay,
  offer,
  recordEnd,
  standingOf,
  started,
  withdraw,
} from '../../model/environment-queue';
import { REMEMBERED_OUTCOMES } from '../../model/environment-record';
import { deploymentOutcome } from '../helpers/requests';
import { NOW, lineOf, request, rollback, throughJson } from './environment-samples';

const a = request('a');
const b = request('b');
const stranger = (requestId: string) => ({
  requestId,
  releaseId: 'r',
  commit: a.commit,
  environment: a.environment,
  runId: 'run',
});

describe('the queue of an environment', () => {
  it('serves requests in the order in which they came', () => {
    expect(nextInLine(lineOf(a, b), NOW)).toBe(a);
    expect(standingOf(lineOf(a, b), 'b', NOW)).toEqual({
      kind: 'queued',
      position: 2,
      reason: '1 ahead in the queue',
    });
  });

  it('knows a request that is repeated, in whatever state it is', () => {
    expect(lineOf(a, a).queue).toHaveLength(1);
    const offered = offer(lineOf(a), a);
    expect(enqueue(offered, a, NOW)).toBe(offered);
    const ended = recordEnd(started(offered, 'run'), deploymentOutcome({ requestId: 'a' }));
    expect(enqueue(ended, a, NOW)).toBe(ended);
    expect(standingOf(ended, 'a', NOW)).toMatchObject({ kind: 'ended', outcome: { outcome: 'released' } });
  });

  it('grants nobody while a deployment is in flight', () => {
    const data = offer(lineOf(a, b), a);
    expect(nextInLine(data, NOW)).toBeUndefined();
    expect(standingOf(data, 'b', NOW)).toMatchObject({
      kind: 'queued',
      position: 1,
      reason: 'release:shop:a is being deployed',
    });
  });

  it('lets a waiting request go, but not one whose turn has begun', () => {
    expect(withdraw(lineOf(a), 'a')).toMatchObject({ answer: { result: 'removed' }, data: { queue: [] } });
    expect(withdraw(offer(lineOf(a), a), 'a').answer).toEqual({ result: 'in flight' });
    expect(withdraw(lineOf(a), 'z').answer).toEqual({ result: 'unknown' });
  });

  it('drops an offer that nobody wants', () => {
    const data = dropOffer(offer(lineOf(a, b), a));
    expect(standingOf(data, 'a', NOW)).toEqual({ kind: 'unknown' });
    expect(nextInLine(data, NOW)).toBe(b);
  });

  it('gives way to a stranger and puts the offered request back to the head', () => {
    const found = stranger('x');
    const data = giveWay(offer(lineOf(a, b), a), found);
    expect(data.current).toBe(found);
    expect(data.queue).toEqual([a, b]);
  });

  it('gives way to a rollback by hand that came while a turn was offered', () => {
    const offered = enqueue(offer(lineOf(a, b), a), rollback('r'), NOW);
    const data = giveWay(offered, undefined);
    expect(data.queue.map(({ requestId }) => requestId)).toEqual(['r', 'a', 'b']);
    expect(data.current).toBeUndefined();
  });

  it('never queues a request again that is itself the stranger', () => {
    const data = giveWay(offer(lineOf(a, b), a), stranger('a'));
    expect(data.queue).toEqual([b]);
    expect(standingOf(data, 'a', NOW)).toEqual({ kind: 'current' });
  });

  it("records a stranger's outcome under its own request", () => {
    const data = recordEnd(giveWay(offer(lineOf(a, b), a), stranger('b')), deploymentOutcome({ requestId: 'b' }));
    expect(standingOf(data, 'b', NOW)).toMatchObject({ kind: 'ended' });
    expect(nextInLine(data, NOW)).toBe(a);
  });

  it(`remembers the last ${REMEMBERED_OUTCOMES} outcomes`, () => {
    let data = emptyEnvironment();
    for (let n = 0; n < REMEMBERED_OUTCOMES + 5; n += 1)
      data = recordEnd(data, deploymentOutcome({ requestId: `r${n}` }));
    expect(data.recent).toHaveLength(REMEMBERED_OUTCOMES);
    expect(data.recent[0]?.requestId).toBe('r5');
  });

  it('survives a trip through JSON, as continue-as-new makes it', () => {
    const data = started(offer(lineOf(a, b), a), 'run');
    expect(throughJson(data)).toEqual(data);
  });
});

describe('after a deployment has ended', () => {
  it.each([
    ['released', true],
    ['rolled-back', true],
    ['aborted', true],
    ['superseded', true],
    ['rollback-failed', false],
    ['undetermined', false],
  ] as const)('%s leaves a known state: %s', (outcome, clean) => {
    expect(isCleanEnd(outcome)).toBe(clean);
  });

  it('those who wait for approval are told of what was released, and of nothing else', () => {
    const current = { ...stranger('a'), request: a };
    const errandsAfter = (outcome: 'released' | 'rolled-back') =>
      afterEnd({ ...emptyEnvironment(), current }, current, deploymentOutcome({ requestId: 'a', outcome }), NOW)
        .errands;
    expect(errandsAfter('released')).toEqual([
      {
        kind: 'announce',
        news: { environment: 'production', commit: a.commit, releaseId: 'r', what: 'released' },
      },
    ]);
    expect(errandsAfter('rolled-back')).toEqual([]);
  });

  const running = { service: 'api', taskDefinitionArn: 'td:2', ours: true, verified: false };
  const last = { commit: a.commit, digest: 'sha256:1', taskDefinitions: { api: 'td:2' }, at: 0 };

  it.each([
    ['the last verified revision runs', [running], [last], false],
    ['a revision with the verified tag runs', [{ ...running, verified: true }], [], false],
    ['nothing of ours ever ran', [{ ...running, ours: false }], [], false],
    ['an unverified revision of ours runs', [running], [], true],
    [
      'a foreign revision took the place of a verified one',
      [{ ...running, ours: false, taskDefinitionArn: 'td:9' }],
      [last],
      true,
    ],
  ])('when %s, hold: %s', (_what, now, verified, hold) => {
    expect(reasonToHold(now, verified) !== undefined).toBe(hold);
  });

  it.each<[string, string, EnvironmentData['verified'], boolean]>([
    ['the last verified revision', 'td:2', [last], false],
    ['another revision than the last verified one', 'td:3', [last], true],
    ['an earlier verified revision', 'td:1', [{ ...last, taskDefinitions: { api: 'td:1' } }, last], true],
    ['whatever ran before Sluice', 'td:0', [], false],
    ['a service that was not part of the last release', 'td:0', [{ ...last, taskDefinitions: { web: 'td:5' } }], false],
  ])('a service that runs %s has drifted: %#', (_what, taskDefinitionArn, verified, drifted) => {
    const seen = { service: 'api', taskDefinitionArn, verified: false, inFlight: false };
    const sight = sightOf({ ...emptyEnvironment(), verified }, [seen], [], NOW);
    expect(sight).toEqual({ at: NOW, services: [{ ...seen, drifted }] });
  });
});
