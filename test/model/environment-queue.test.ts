import type { EnvironmentData } from '../../model/environment-queue';
import {
  REMEMBERED_OUTCOMES,
  dropOffer,
  emptyEnvironment,
  enqueue,
  giveWay,
  isCleanEnd,
  nextInLine,
  offer,
  reasonToHold,
  recordEnd,
  standingOf,
  started,
  withdraw,
} from '../../model/environment-queue';
import { deploymentOutcome, deploymentRequest } from '../helpers/requests';

const a = deploymentRequest({ requestId: 'a' });
const b = deploymentRequest({ requestId: 'b' });

function queueOf(...requests: (typeof a)[]): EnvironmentData {
  return requests.reduce(enqueue, emptyEnvironment());
}

describe('the queue of an environment', () => {
  it('serves requests in the order in which they came', () => {
    expect(nextInLine(queueOf(a, b))).toBe(a);
    expect(standingOf(queueOf(a, b), 'b')).toEqual({ kind: 'queued', position: 2, reason: '1 ahead in the queue' });
  });

  it('knows a request that is repeated, in whatever state it is', () => {
    expect(queueOf(a, a).queue).toHaveLength(1);
    const offered = offer(queueOf(a), a);
    expect(enqueue(offered, a)).toBe(offered);
    const ended = recordEnd(started(offered, 'run'), deploymentOutcome({ requestId: 'a' }));
    expect(enqueue(ended, a)).toBe(ended);
    expect(standingOf(ended, 'a')).toMatchObject({ kind: 'ended', outcome: { outcome: 'released' } });
  });

  it('grants nobody while a deployment is in flight', () => {
    const data = offer(queueOf(a, b), a);
    expect(nextInLine(data)).toBeUndefined();
    expect(standingOf(data, 'b')).toMatchObject({
      kind: 'queued',
      position: 1,
      reason: expect.stringContaining('being deployed') as string,
    });
  });

  it.each<[string, Partial<EnvironmentData>]>([
    ['a hold', { hold: { reason: 'incident', since: 0, by: 'ann' } }],
    ['an end that nobody has looked at', { unclean: { cause: 'cut off', environment: a.environment } }],
  ])('grants nobody during %s', (_what, more) => {
    expect(nextInLine({ ...queueOf(a), ...more })).toBeUndefined();
  });

  it('tells a waiting request the reason of a hold', () => {
    const held = { ...queueOf(a), hold: { reason: 'incident 7', since: 0, by: 'ann' } };
    expect(standingOf(held, 'a')).toMatchObject({ reason: 'the environment is on hold: incident 7' });
  });

  it('lets a waiting request go, but not one whose turn has begun', () => {
    expect(withdraw(queueOf(a), 'a')).toMatchObject({ answer: { result: 'removed' }, data: { queue: [] } });
    expect(withdraw(offer(queueOf(a), a), 'a').answer).toEqual({ result: 'in flight' });
    expect(withdraw(queueOf(a), 'z').answer).toEqual({ result: 'unknown' });
  });

  it('drops an offer that nobody wants', () => {
    const data = dropOffer(offer(queueOf(a, b), a));
    expect(standingOf(data, 'a')).toEqual({ kind: 'unknown' });
    expect(nextInLine(data)).toBe(b);
  });

  it('gives way to a stranger and puts the offered request back to the head', () => {
    const stranger = { requestId: 'x', releaseId: 'r', commit: a.commit, environment: a.environment, runId: 'run' };
    const data = giveWay(offer(queueOf(a, b), a), stranger);
    expect(data.current).toBe(stranger);
    expect(data.queue).toEqual([a, b]);
  });

  it('never queues a request again that is itself the stranger', () => {
    const stranger = { requestId: 'a', releaseId: 'r', commit: a.commit, environment: a.environment, runId: 'run' };
    const data = giveWay(offer(queueOf(a, b), a), stranger);
    expect(data.queue).toEqual([b]);
    expect(standingOf(data, 'a')).toEqual({ kind: 'current' });
  });

  it("records a stranger's outcome under its own request", () => {
    const stranger = { requestId: 'b', releaseId: 'r', commit: a.commit, environment: a.environment, runId: 'run' };
    const data = recordEnd(giveWay(offer(queueOf(a, b), a), stranger), deploymentOutcome({ requestId: 'b' }));
    expect(standingOf(data, 'b')).toMatchObject({ kind: 'ended' });
    expect(nextInLine(data)).toBe(a);
  });

  it(`remembers the last ${REMEMBERED_OUTCOMES} outcomes`, () => {
    let data = emptyEnvironment();
    for (let n = 0; n < REMEMBERED_OUTCOMES + 5; n += 1)
      data = recordEnd(data, deploymentOutcome({ requestId: `r${n}` }));
    expect(data.recent).toHaveLength(REMEMBERED_OUTCOMES);
    expect(data.recent[0]?.requestId).toBe('r5');
  });

  it('survives a trip through JSON, as continue-as-new makes it', () => {
    const data = started(offer(queueOf(a, b), a), 'run');
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
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
});
