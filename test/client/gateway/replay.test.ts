import { UsedTokens } from '../../../client/gateway/used-tokens';
import { ClientError } from '../../../client/errors';
import { EXIT } from '../../../model/outcome';
import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import { COMMIT } from './stage/tokens';

let bench: Bench;
const RELEASE_ID = `release:shop:${COMMIT}`;

beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

it('a token is good for one write: the second is refused, whatever it asks for', async () => {
  const token = await bench.push();
  expect((await bench.start(token)).status).toBe(202);
  for (const again of [bench.start(token), bench.post(`/v1/releases/${RELEASE_ID}/abort`, token)]) {
    const { status, error } = await again;
    expect(status).toBe(401);
    expect(error?.message).toBe('This token was used already; get a fresh one for each write.');
  }
  expect(bench.world.writes.map(([name]) => name)).toEqual(['start']);
});

it('two uses of one token at the same time are one write', async () => {
  const token = await bench.push();
  const answers = await Promise.all(Array.from({ length: 8 }, () => bench.start(token)));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 7 }, () => 401)]);
  expect(bench.world.writes).toHaveLength(1);
});

it('a token whose use failed for reasons of ours may be used again, and the reason stays in the log', async () => {
  const token = await bench.push();
  bench.world.trouble = new ClientError(EXIT.unreachable, 'check TEMPORAL_API_KEY');
  const { status, error, headers } = await bench.start(token);
  expect({ status, code: error?.code }).toEqual({ status: 503, code: 'unavailable' });
  expect(error?.message).toBe('Temporal cannot be asked at the moment; the same request can be repeated safely.');
  expect(headers.get('retry-after')).toBe('5');
  expect(bench.requests()[0]?.detail).toContain('TEMPORAL_API_KEY');
  bench.world.trouble = undefined;
  expect((await bench.start(token)).status).toBe(202);
});

it('a release that says no has used the token, and its sentence comes through', async () => {
  const token = await bench.push();
  bench.world.trouble = new ClientError(16, 'release:shop:1 is running already and was asked for something else');
  const { status, error } = await bench.start(token);
  expect({ status, code: error?.code }).toEqual({ status: 409, code: 'conflict' });
  expect(error?.message).toBe('Release:shop:1 is running already and was asked for something else.');
  expect((await bench.start(token)).status).toBe(401);
});

it('an error that nobody foresaw tells the caller nothing of us', async () => {
  bench.world.trouble = new Error('secret of /srv/gateway');
  const { status, error } = await bench.start(await bench.push());
  expect(status).toBe(500);
  expect(error?.message).toBe('The gateway failed in a way it does not know; its log says where.');
  expect(bench.requests()[0]?.detail).toBe('secret of /srv/gateway');
});

it('used tokens are forgotten when they are too old to be used, and a full memory refuses', () => {
  let now = 0;
  const used = new UsedTokens(2, () => now);
  used.take('a', 20_000);
  used.take('b', 40_000);
  expect(() => used.take('c', 40_000)).toThrow(/Too many tokens/);
  now = 20_000;
  used.take('c', 40_000);
  expect(() => used.take('b', 40_000)).toThrow(/used already/);
});
