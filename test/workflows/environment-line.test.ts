import { held } from '../helpers/fake-activities';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { byHand, eventTypes, lineBench } from './stage/line';

const bench = lineBench();
const STABLE = { kind: 'succeeded' as const, digests: {} };
const ANN = { by: 'ann', reason: 'incident 7' };

describe('hold', () => {
  it('stops the line, says why, and resume lets it go on in order', async () => {
    const line = bench.line();
    await line.ask('first');
    await line.end('first');
    await line.say('hold', ANN);
    expect(await line.ask('a')).toEqual({
      kind: 'queued',
      position: 1,
      reason: 'the environment is on hold: incident 7',
    });
    await line.ask('b');
    expect((await line.state()).hold).toMatchObject({ kind: 'person', by: 'ann' });
    await expect(line.say('hold', { by: 'bob', reason: 'me too' })).rejects.toThrow(
      'ann holds the environment already',
    );
    await expect(line.say('resolve', ANN)).rejects.toThrow('use `resume`');
    expect((await line.say('resume', { by: 'bob' })).hold).toBeUndefined();
    await line.end('b');
    expect((await line.state()).recent.map(({ requestId }) => requestId)).toEqual(['first', 'a', 'b']);
  });

  it('by signal from the Temporal UI means the same; one that cannot be is ignored', async () => {
    const line = bench.line();
    await line.ask('first');
    await line.end('first');
    await line.handle.signal('hold', {});
    await line.handle.signal('hold', ANN);
    await waitFor('the hold', async () => (await line.state()).hold?.by === 'ann');
    await line.handle.signal('resolve', { by: 'bob', reason: 'x' });
    await line.ask('a');
    expect(await line.standing('a')).toMatchObject({ kind: 'queued' });
    await line.handle.signal('resume', { by: 'ann' });
    expect(await line.end('a')).toMatchObject({ outcome: 'released' });
  });

  it('with an end goes by itself: one timer, however often somebody asks meanwhile', async () => {
    const line = bench.line();
    await line.ask('first');
    await line.end('first');
    await line.say('hold', { ...ANN, until: Date.now() + 3_000 });
    for (const requestId of ['a', 'b', 'c', 'a']) await line.ask(requestId);
    expect((await line.state()).queue[0]?.reason).toContain('on hold until 20');
    await line.end('c');
    expect((await line.state()).hold).toBeUndefined();
    expect((await eventTypes(line.handle)).filter((type) => type === 'timerStarted')).toHaveLength(1);
  });

  it('lets what is in flight finish', async () => {
    const rollout = held<typeof STABLE>();
    bench.world.on({ awaitStable: rollout.effect });
    const line = bench.line();
    await line.ask('a');
    await rollout.begun;
    await line.ask('b');
    await line.say('hold', ANN);
    rollout.finish(STABLE);
    expect(await line.end('a')).toMatchObject({ outcome: 'released' });
    expect(await line.standing('b')).toMatchObject({ reason: 'the environment is on hold: incident 7' });
  });
});

describe('a freeze', () => {
  it('is waited for with one timer, and then the line goes on', async () => {
    const moment = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
    const line = bench.line({
      freeze: [
        {
          kind: 'dated',
          from: moment(Date.now() - 60_000),
          until: moment(Date.now() + 4_000),
          timeZone: 'UTC',
          reason: 'stocktaking',
          owner: 'the shop team',
        },
      ],
    });
    expect(await line.ask('a')).toMatchObject({
      reason: expect.stringMatching(/^frozen until .* \(UTC\): stocktaking; ask the shop team$/) as string,
    });
    await line.ask('b');
    expect((await line.state()).frozen).toMatchObject({ reason: 'stocktaking', owner: 'the shop team' });
    await line.end('b');
    expect((await eventTypes(line.handle)).filter((type) => type === 'timerStarted')).toHaveLength(1);
    // The workflow's clock stands still while nothing happens; the asker's does not.
    expect((await line.state(Date.now())).frozen).toBeUndefined();
  });
});

describe('breaking the glass', () => {
  it('lets one request pass a hold, and is recorded; the others wait on', async () => {
    const line = bench.line();
    await line.ask('first');
    await line.end('first');
    await line.say('hold', ANN);
    await line.ask('a');
    await line.ask('b');
    await expect(line.say('breakGlass', { requestId: 'b', by: 'eve' })).rejects.toThrow('`reason` is missing');
    await expect(line.say('breakGlass', { requestId: 'z', by: 'eve', reason: 'x' })).rejects.toThrow('no request');
    const broken = { by: 'eve', reason: 'nobody can pay' };
    await line.say('breakGlass', { requestId: 'b', ...broken });
    expect(await line.end('b')).toMatchObject({ outcome: 'released', breakGlass: broken });
    expect(await line.standing('a')).toMatchObject({ kind: 'queued', position: 1 });
  });
});

describe('look', () => {
  const runs = (taskDefinitionArn: string) => async () => ({
    taskDefinitionArn,
    commit: 'c'.repeat(40),
    release: 'r',
    verified: true,
    inFlight: null,
    digests: {},
  });

  it('stores what runs, and whether it is what was last verified', async () => {
    const line = bench.line();
    await line.ask('a');
    await line.end('a');
    const [verified] = (await line.state()).verified;
    bench.world.on({ whatRuns: runs(verified!.taskDefinitions['api']!) });
    const { seen } = await line.say('look');
    expect(seen?.services).toEqual([
      {
        service: 'api',
        taskDefinitionArn: 'arn:td/shop:2',
        commit: 'c'.repeat(40),
        verified: true,
        drifted: false,
        inFlight: false,
      },
    ]);
    bench.world.on({ whatRuns: runs('arn:td/shop:77') });
    await line.say('look');
    expect((await line.state()).seen?.services).toMatchObject([{ taskDefinitionArn: 'arn:td/shop:77', drifted: true }]);
  });

  it('says why it could not', async () => {
    const line = bench.line();
    await line.ask('a');
    await line.end('a');
    const { ApplicationFailure } = await import('@temporalio/common');
    bench.world.on({ whatRuns: () => Promise.reject(ApplicationFailure.nonRetryable('no answer', 'Unavailable')) });
    expect((await line.say('look')).seen).toMatchObject({
      services: [],
      trouble: expect.stringContaining('api: no answer') as string,
    });
  });
});

describe('a rollback by hand', () => {
  it('goes to the head, takes back what is in flight, and holds the line until somebody resumes', async () => {
    const rollout = held<typeof STABLE>();
    bench.world.on({ awaitStable: rollout.effect });
    const line = bench.line();
    await line.ask('a');
    await rollout.begun;
    await line.ask('b');
    bench.world.on({ awaitStable: async () => STABLE });
    expect(await line.ask('back', { actor: 'bob', ...byHand('checkout is broken') })).toMatchObject({ position: 1 });
    expect(await line.end('a')).toMatchObject({
      outcome: 'rolled-back',
      cause: expect.stringContaining('rollback to back00000000: checkout is broken') as string,
    });
    expect(await line.end('back')).toMatchObject({ outcome: 'released' });
    const { hold, queue } = await line.state();
    expect(hold).toMatchObject({
      kind: 'after-rollback',
      by: 'bob',
      reason: 'bob rolled back to back00000000: checkout is broken',
    });
    expect(queue.map(({ requestId }) => requestId)).toEqual(['b']);
    await line.say('resume', { by: 'ann' });
    expect(await line.end('b')).toMatchObject({ outcome: 'released' });
  });

  it('passes a hold and an end in doubt, and settles the doubt', async () => {
    const rollout = held<typeof STABLE>();
    const unverified = {
      taskDefinitionArn: 'td:9',
      commit: 'x',
      release: 'r',
      verified: false,
      inFlight: null,
      digests: {},
    };
    bench.world.on({ awaitStable: rollout.effect, whatRuns: async () => unverified });
    const line = bench.line();
    await line.ask('a');
    await rollout.begun;
    await line.say('hold', ANN);
    await bench.server.client.workflow
      .getHandle(line.handle.workflowId.replace('environment:', 'deployment:'))
      .terminate();
    await waitFor('the doubt', async () => (await line.state()).hold?.kind === 'unclean');
    await line.ask('b');
    await expect(line.say('resume', { by: 'ann' })).resolves.toMatchObject({ hold: { kind: 'unclean' } });
    await expect(line.say('resume', { by: 'ann' })).rejects.toThrow('use `resolve`');
    await expect(line.say('breakGlass', { requestId: 'b', by: 'eve', reason: 'x' })).rejects.toThrow('in doubt');
    bench.world.on({ awaitStable: async () => STABLE });
    await line.ask('back', byHand('it is in doubt'));
    await line.end('back');
    expect((await line.state()).hold).toMatchObject({ kind: 'after-rollback' });
    await line.say('resume', { by: 'ann' });
    expect(await line.end('b')).toMatchObject({ outcome: 'released' });
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
