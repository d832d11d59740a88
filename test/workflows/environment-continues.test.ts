import { held } from '../helpers/fake-activities';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { byHand, lineBench } from './stage/line';
import type { TestLine } from './stage/line';

/** Low, so that an environment continues as new after a few words. */
const bench = lineBench({ 'limit.historyCount.suggestContinueAsNew': '40' });
const STABLE = { kind: 'succeeded' as const, digests: {} };
const ANN = { by: 'ann', reason: 'incident 7' };

const runOf = async ({ handle }: TestLine): Promise<string> => (await handle.describe()).runId;

/** Says harmless things until the environment has continued as new. */
async function untilContinued(line: TestLine): Promise<void> {
  const before = await runOf(line);
  await waitFor('a new run', async () => {
    await line.handle.executeUpdate('withdraw', { args: [{ requestId: 'nobody' }] }).catch(() => undefined);
    return (await runOf(line)) !== before;
  });
}

it('on hold, an environment continues as new with hold, line, sight and broken glass', async () => {
  const line = bench.line();
  await line.ask('first');
  await line.end('first');
  await line.say('hold', ANN);
  for (const requestId of ['a', 'b', 'c']) await line.ask(requestId);
  await line.say('look');
  const before = await line.state();
  await untilContinued(line);
  expect(await line.state()).toEqual(before);
  await line.say('breakGlass', { requestId: 'c', by: 'eve', reason: 'nobody can pay' });
  expect(await line.end('c')).toMatchObject({ outcome: 'released', breakGlass: { by: 'eve' } });
  await untilContinued(line);
  expect((await line.state()).queue.map(({ requestId }) => requestId)).toEqual(['a', 'b']);
  await line.say('resume', { by: 'ann' });
  await line.end('b');
  expect((await line.state()).recent.map(({ requestId }) => requestId)).toEqual(['first', 'c', 'a', 'b']);
});

it('a hold with an end goes by itself in the run after', async () => {
  const line = bench.line();
  await line.ask('first');
  await line.end('first');
  await line.say('hold', { ...ANN, until: Date.now() + 8_000 });
  await line.ask('a');
  await untilContinued(line);
  expect((await line.state()).hold).toMatchObject({ by: 'ann' });
  expect(await line.end('a')).toMatchObject({ outcome: 'released' });
});

it('while a deployment is in flight: its end, the line and a rollback by hand come through', async () => {
  const rollout = held<typeof STABLE>();
  bench.world.on({ awaitStable: rollout.effect });
  const line = bench.line();
  await line.ask('a');
  await rollout.begun;
  await line.ask('b');
  await untilContinued(line);
  expect((await line.state()).current).toMatchObject({ requestId: 'a' });
  // The way back takes its time, too.
  const back = held<{ kind: 'returned' }>();
  bench.world.on({ awaitReturned: back.effect, awaitStable: async () => STABLE });
  await line.ask('back', byHand('checkout is broken'));
  await back.begun;
  await untilContinued(line);
  expect(await line.standing('back')).toMatchObject({
    position: 1,
    reason: expect.stringContaining('taken back') as string,
  });
  back.finish({ kind: 'returned' });
  await line.end('back');
  await line.say('resume', { by: 'ann' });
  await line.end('b');
  expect((await line.state()).recent.map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
    ['a', 'rolled-back'],
    ['back', 'released'],
    ['b', 'released'],
  ]);
});

it('a look that is under way when it is time is answered all the same', async () => {
  const line = bench.line();
  await line.ask('first');
  await line.end('first');
  await line.say('hold', ANN);
  const sight = held<Awaited<ReturnType<NonNullable<Parameters<typeof bench.world.on>[0]['whatRuns']>>>>();
  bench.world.on({ whatRuns: sight.effect });
  const looked = line.say('look');
  await sight.begun;
  // Only now: it may have continued just before the look.
  const before = await runOf(line);
  for (let word = 0; word < 20; word += 1) {
    await line.handle.executeUpdate('withdraw', { args: [{ requestId: 'nobody' }] });
  }
  expect(await runOf(line)).toBe(before);
  sight.finish({
    taskDefinitionArn: 'td:5',
    commit: null,
    release: null,
    verified: false,
    inFlight: null,
    digests: {},
  });
  expect((await looked).seen?.services).toMatchObject([{ taskDefinitionArn: 'td:5' }]);
  await waitFor('the new run', async () => (await runOf(line)) !== before);
  expect((await line.state()).seen?.services).toMatchObject([{ taskDefinitionArn: 'td:5' }]);
});

it('words that come while it continues are not lost', async () => {
  const line = bench.line();
  await line.ask('first');
  await line.end('first');
  await line.say('hold', ANN);
  const before = await runOf(line);
  const ids = Array.from({ length: 40 }, (_, index) => `r${index}`);
  // Updates that arrive just as a run ends are refused by the server; a release's activity asks again, and so does this.
  const asked = ids.map((requestId) =>
    waitFor(`${requestId} in line`, () => line.ask(requestId).catch(() => undefined)),
  );
  await Promise.all(asked);
  const { queue, hold } = await line.state();
  expect(hold).toMatchObject({ by: 'ann' });
  expect(queue.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
  expect(await runOf(line)).not.toBe(before);
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
