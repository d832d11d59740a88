import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHealthActivities } from '../../../activities/health/activities';
import type { HealthSpec, HttpHealth } from '../../../model/plan';
import type { HealthReport } from '../../../model/target';
import { capturedBaseline, COMMIT, GUARD, imageOf, startHarness, targetOf } from '../ecs/harness';

let server: Server | undefined;
let url: string;

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const noClients = { ecs: () => ({}) as never };

function check(health: HealthSpec, more: { imageDigest?: string; clients?: typeof noClients; heard?: string[] } = {}) {
  const activities = createHealthActivities({ clientsOf: () => more.clients ?? noClients, guard: GUARD });
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now() },
    { logger: new DefaultLogger('ERROR') },
  );
  environment.on('heartbeat', (text: string) => more.heard?.push(text));
  const input = { target: targetOf(), commit: COMMIT, imageDigest: more.imageDigest ?? null, health };
  type Check = (given: typeof input) => Promise<HealthReport>;
  return environment.run<[typeof input], HealthReport, Check>((given) => activities.checkHealth(given), input);
}

const http = (more: Partial<HttpHealth> = {}): HttpHealth => ({
  kind: 'http',
  url,
  times: 3,
  intervalMs: 10,
  withinMs: 5_000,
  timeoutMs: 1_000,
  ...more,
});

describe('http', () => {
  it('is healthy after so many good answers in a row, however it began', async () => {
    const answers = [503, 200, 200, 500, 200, 200, 200];
    let asked = 0;
    await serve((_request, response) => {
      response.statusCode = answers[asked++] ?? 500;
      response.end(JSON.stringify({ commit: COMMIT }));
    });
    expect(await check(http({ commitAt: 'commit' }))).toEqual({
      healthy: true,
      cause: `${url} answered 200 with commit 1a2b3c4d5e6f, 3 times in a row`,
    });
    expect(asked).toBe(7);
  });

  it('is unhealthy when the time is over, with the last answer', async () => {
    await serve((_request, response) => void response.writeHead(503).end());
    const heard: string[] = [];
    expect(await check(http({ withinMs: 1_100 }), { heard })).toEqual({
      healthy: false,
      cause: `not healthy within 1 s: ${url} answered 503`,
    });
    expect(heard).toContain('0 of 3 good answers; the last: answered 503');
  });

  it('does not follow redirects', async () => {
    const asked: (string | undefined)[] = [];
    await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end(COMMIT);
    });
    expect((await check(http({ withinMs: 50 }))).cause).toContain('answered 302');
    expect(new Set(asked)).toEqual(new Set(['/health']));
  });

  it('reads no more than 64 KiB of a body that never ends', async () => {
    await serve((_request, response) => {
      const more = (): void => {
        if (response.writable) response.write('x'.repeat(16_384), more);
      };
      more();
    });
    expect((await check(http({ withinMs: 1 }))).cause).toContain('(only its beginning was read)');
  });

  it('limits each request', async () => {
    await serve(() => undefined);
    expect((await check(http({ withinMs: 1, timeoutMs: 50 }))).cause).toContain('no answer within 50 ms');
  });

  it('says that nobody listens', async () => {
    await serve(() => undefined);
    await new Promise((resolve) => server!.close(resolve));
    expect((await check(http({ withinMs: 1 }))).cause).toContain('connection refused');
  });
});

describe('command', () => {
  const command = (script: string, withinMs = 5_000): HealthSpec => ({
    kind: 'command',
    command: [process.execPath, '-e', script],
    times: 2,
    intervalMs: 10,
    withinMs,
    timeoutMs: 4_000,
  });

  it('is healthy by exit code 0, sees commit and service and nothing of the worker, and leaves no folder', async () => {
    const script = `process.exit(process.env.SLUICE_COMMIT === '${COMMIT}' && process.env.SLUICE_SERVICE === 'api' && !process.env.AWS_ACCESS_KEY_ID ? 0 : 1)`;
    const before = process.env['TMPDIR'];
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'));
    process.env['TMPDIR'] = folder;
    try {
      expect(await check(command(script))).toMatchObject({ healthy: true });
      expect(await readdir(folder)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await rm(folder, { recursive: true });
    }
  });

  it('is unhealthy by another exit code, with its last line', async () => {
    const { healthy, cause } = await check(command('console.log("no database"); process.exit(4)', 1));
    expect(healthy).toBe(false);
    expect(cause).toContain('ended with exit code 4: no database');
  });
});

it('digest: is healthy when every running task carries ours', async () => {
  const harness = await startHarness();
  try {
    await harness.serviceOf(await harness.register('one'));
    await capturedBaseline(harness);
    const digest: HealthSpec = { kind: 'digest', times: 2, intervalMs: 10, withinMs: 500 };
    const { clients } = harness;
    const right = await check(digest, { imageDigest: (await imageOf('one')).digest, clients: clients as never });
    expect(right).toMatchObject({ healthy: true });
    const wrong = await check(digest, { imageDigest: 'sha256:other', clients: clients as never });
    expect(wrong).toEqual({
      healthy: false,
      cause: 'not healthy within 1 s: service api runs 0 of 2 tasks with sha256:other',
    });
  } finally {
    await harness.close();
  }
});
