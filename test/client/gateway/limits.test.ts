import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { callerAddress } from '../../../client/gateway/address';
import { DEFAULT_LIMITS } from '../../../client/gateway/limits';
import { RateLimit, takeToken } from '../../../client/gateway/rate-limit';
import type { GatewayLimits } from '../../../client/gateway/limits';
import { waitFor } from '../../helpers/wait-for';
import type { Bench } from './stage/bench';
import { RELEASE, startBench } from './stage/bench';
import { COMMIT } from './stage/tokens';

let bench: Bench | undefined;
const begin = async (limits: Partial<GatewayLimits> = {}): Promise<Bench> => (bench = await startBench({ limits }));
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

describe('a bucket', () => {
  const rule = { capacity: 2, perSecond: 0.5 };

  it('gives what it holds, and then what comes back', () => {
    let bucket = takeToken(undefined, rule, 0).bucket;
    bucket = takeToken(bucket, rule, 0).bucket;
    expect(takeToken(bucket, rule, 0)).toEqual({ bucket: { tokens: 0, at: 0 }, retryAfterSeconds: 2 });
    expect(takeToken(bucket, rule, 1_000)).toEqual({ bucket: { tokens: 0.5, at: 1_000 }, retryAfterSeconds: 1 });
    expect(takeToken(bucket, rule, 2_000)).toEqual({ bucket: { tokens: 0, at: 2_000 }, retryAfterSeconds: 0 });
  });

  it('never holds more than its capacity, and no clock that goes back empties it', () => {
    const { bucket } = takeToken(undefined, rule, 0);
    expect(takeToken(bucket, rule, 1e9).bucket.tokens).toBe(1);
    expect(takeToken(bucket, rule, -5_000).retryAfterSeconds).toBe(0);
  });

  it('is one for each key', () => {
    const limit = new RateLimit({ capacity: 1, perSecond: 1 }, 'Enough.', () => 0);
    limit.take('a');
    limit.take('b');
    expect(() => limit.take('a')).toThrow('Enough.');
  });
});

describe('the address of a caller', () => {
  it.each<[string, string | undefined, string | undefined, number, string]>([
    ['is the peer’s', '192.0.2.1', undefined, 0, '192.0.2.1'],
    ['is the peer’s, whatever a header says, without a proxy of ours', '192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
    ['is what our proxy wrote', '10.0.0.1', '203.0.113.9', 1, '203.0.113.9'],
    [
      'is what our proxy wrote, not what the caller wrote before it',
      '10.0.0.1',
      '1.1.1.1, 203.0.113.9',
      1,
      '203.0.113.9',
    ],
    ['is what the outer of two proxies wrote', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['is the peer’s where our proxy wrote nothing', '10.0.0.1', undefined, 1, '10.0.0.1'],
    ['is IPv4 also where it is mapped', '::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
    ['is a network with IPv6', '2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['is a network with short IPv6', '2001:db8::6', undefined, 0, '2001:db8:0:0::/64'],
    ['is a network on loopback', '::1', undefined, 0, '0:0:0:0::/64'],
    ['is unknown when the connection is gone', undefined, undefined, 0, 'unknown'],
  ])('%s', (_, peer, forwarded, hops, expected) => {
    expect(callerAddress(peer, forwarded, hops)).toBe(expected);
  });
});

it('a repository that asks too often is told when to come back, and no other is hindered', async () => {
  const { push, start } = await begin({ perRepository: { capacity: 2, perSecond: 0.01 } });
  const mine = [await start(await push()), await start(await push()), await start(await push())];
  expect(mine.map(({ status }) => status)).toEqual([202, 202, 429]);
  expect(mine[2]?.headers.get('retry-after')).toBe('100');
  expect(mine[2]?.error).toMatchObject({
    code: 'too-many',
    message: 'Too many requests of this repository; wait a little.',
  });
  expect((await start(await push({ repository_id: '1002' }))).status).toBe(403);
});

it('an address that asks too often is told so before its token is looked at', async () => {
  const { start, send } = await begin({ perAddress: { capacity: 1, perSecond: 0.1 } });
  expect((await start('a.b.c')).status).toBe(401);
  const { status, headers } = await start('a.b.c');
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('10');
  // Whoever keeps the process alive is not counted.
  expect((await send('/healthz', {})).status).toBe(200);
});

it('reads that wait are counted, and do not keep a start out', async () => {
  const { push, start, get, world } = await begin({ readsAtOnce: 1 });
  const { ticket } = (await start(await push())).body;
  const path = `/v1/releases/release:shop:${COMMIT}`;
  const { version } = (await get(path, String(ticket))).body;
  const waiting = get(`${path}?waitSeconds=25&since=${String(version)}`, String(ticket));
  const before = world.looks;
  await waitFor('the first one to wait', () => world.looks > before);
  const { status, headers, error } = await get(path, String(ticket));
  expect({ status, code: error?.code, after: headers.get('retry-after') }).toEqual({
    status: 503,
    code: 'unavailable',
    after: '1',
  });
  expect((await start(await push())).status).toBe(202);
  world.status = { ...world.status, digest: 'sha256:1' };
  expect((await waiting).status).toBe(200);
});

it('writes at once are bounded', async () => {
  const { gateway, push, start } = await begin({ writesAtOnce: 1 });
  const slow = await openStart(gateway.url, await push());
  slow.write('{');
  const busy = await waitFor('the second to be sent away', async () => {
    const answer = await start(await push());
    return answer.status === 503 && answer;
  });
  expect(busy.error?.code).toBe('unavailable');
  slow.destroy();
  await waitFor('room again', async () => (await start(await push())).status === 202);
});

describe('slow and large requests', () => {
  const SHORT = { body: { maxBytes: 1_000, withinMs: 300 } };

  it('a body that does not arrive is answered 408 and cut', async () => {
    const { gateway, push, requests } = await begin(SHORT);
    const socket = await openStart(gateway.url, await push());
    socket.write('{"project":"shop",');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"The body did not arrive within 0\.3 s\."/);
    expect(requests()[0]).toMatchObject({ status: 408, problem: { code: 'timeout' } });
  });

  it('a body that trickles is answered 408 and cut', async () => {
    const { gateway, push } = await begin(SHORT);
    const socket = await openStart(gateway.url, await push());
    const trickle = setInterval(() => socket.write(' '), 20);
    try {
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(trickle);
    }
  });

  it('a body without a length is cut where it becomes too large', async () => {
    const { gateway, push } = await begin(SHORT);
    const socket = await openStart(gateway.url, await push(), 'transfer-encoding: chunked');
    socket.write(`3e9\r\n${'x'.repeat(1_001)}\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*"The body is larger than 1000 bytes\."/);
  });

  it('a body that says it is too large is not waited for', async () => {
    const { gateway, push } = await begin(SHORT);
    const socket = await openStart(gateway.url, await push(), 'content-length: 1001');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('headers that do not arrive are answered 408 and cut', async () => {
    const { gateway } = await begin({ headersWithinMs: 200, requestWithinMs: 400 });
    const socket = await open(gateway.url);
    socket.write('POST /v1/releases HTTP/1.1\r\nhost: gateway\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"timeout"/);
  });

  it('headers that are too large are answered 431', async () => {
    const { gateway } = await begin();
    const socket = await open(gateway.url);
    socket.write(`GET /healthz HTTP/1.1\r\nhost: gateway\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['without a host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['for a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n'],
    ['with two lengths', 'POST /v1/releases HTTP/1.1\r\nhost: g\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
    [
      'with a length and chunks',
      'POST /v1/releases HTTP/1.1\r\nhost: g\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['that is not HTTP', 'hello\r\n\r\n'],
  ])('a request %s is answered 400', async (_, sent) => {
    const { gateway } = await begin();
    const socket = await open(gateway.url);
    socket.write(sent);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('two Authorization headers are not one token', async () => {
    const { gateway, push, world } = await begin();
    const socket = await openStart(
      gateway.url,
      await push(),
      `content-length: 72\r\nauthorization: Bearer ${await push()}`,
    );
    socket.write(JSON.stringify(RELEASE).padEnd(72));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 [\s\S]*not `Bearer` with one token/);
    expect(world.writes).toEqual([]);
  });
});

it('health says that the process lives; readiness, what it can reach', async () => {
  let temporal = true;
  bench = await startBench({
    temporalReady: () => (temporal ? Promise.resolve() : Promise.reject(new Error('connection refused by 10.1.2.3'))),
  });
  expect(await bench.send('/readyz', {})).toMatchObject({
    status: 200,
    body: { ready: true, checks: { temporal: 'ok', keys: 'ok' } },
  });
  temporal = false;
  const { send, requests } = bench;
  const answer = await waitFor('a new check', async () => {
    const one = await send('/readyz', {});
    return one.status === 503 && one;
  });
  expect(answer.body).toEqual({ ready: false, checks: { temporal: 'failed', keys: 'ok' } });
  expect(requests().at(-1)?.detail).toBe('temporal: connection refused by 10.1.2.3');
  expect(await send('/healthz', {})).toMatchObject({ status: 200, body: { status: 'ok' } });
});

it('the limits are those that docs/gateway.md promises', () => {
  expect(DEFAULT_LIMITS).toMatchObject({
    body: { maxBytes: 65_536, withinMs: 10_000 },
    perAddress: { capacity: 60, perSecond: 10 },
    perRepository: { capacity: 30, perSecond: 0.5 },
    requestWithinMs: 15_000,
  });
});

async function open(url: string): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function openStart(url: string, token: string, length = 'content-length: 100'): Promise<net.Socket> {
  const socket = await open(url);
  socket.write(
    `POST /v1/releases HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: application/json\r\nconnection: close\r\n${length}\r\n\r\n`,
  );
  return socket;
}
