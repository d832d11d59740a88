import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { isPortFree } from '../../local/temporal/ports';
import { runSluice } from '../e2e/stage/cli';
import type { SluiceProcess } from '../faults/stage/processes';
import { startSluice } from '../faults/stage/processes';
import { joinRealms } from '../helpers/one-realm';
import { waitFor } from '../helpers/wait-for';

joinRealms();

let scratch: string;
const running: SluiceProcess[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'sluice-local-aws-test-'));
  await mkdir(path.join(scratch, 'tmp'));
});
afterEach(async () => {
  for (const { signal, exited } of running.splice(0)) {
    signal('SIGKILL');
    await exited;
  }
  await rm(scratch, { recursive: true, force: true });
});

interface Told {
  environment: Record<string, string>;
  shop?: { url: string; repository: { path: string; first: string; head: string } };
}

/** `sluice local-aws --json` with these options, once it has said what it is reached by. */
async function start(...args: string[]): Promise<Told & { process: SluiceProcess; port: number }> {
  const env = { PATH: process.env['PATH']!, HOME: scratch, TMPDIR: path.join(scratch, 'tmp') };
  const started = await startSluice(['local-aws', '--json', ...args], { cwd: scratch, env });
  running.push(started);
  const told = await waitFor('the local AWS says where it is', () => {
    const line = started
      .output()
      .split('\n')
      .find((text) => text.startsWith('{'));
    return line === undefined ? undefined : (JSON.parse(line) as Told);
  });
  return { ...told, process: started, port: Number(new URL(told.environment['AWS_ENDPOINT_URL']!).port) };
}

const failing = (...args: string[]) => runSluice(['local-aws', ...args], { cwd: scratch, env: {} });

/** A port of 127.0.0.1 that somebody has, for as long as the test runs `use`. */
async function withTakenPort(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

async function answeredCommit(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/version`).catch(() => undefined);
  return response?.ok ? ((await response.json()) as { commit: string }).commit : undefined;
}

describe('sluice local-aws', () => {
  it('answers whoever has the environment that it prints, until Ctrl-C, and leaves nothing behind', async () => {
    const { process: local, environment, port } = await start('--port', '0');
    const ecs = new ECSClient({
      endpoint: environment['AWS_ENDPOINT_URL']!,
      region: environment['AWS_REGION']!,
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID']!,
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY']!,
      },
    });
    const asked = ecs.send(new DescribeServicesCommand({ cluster: 'production', services: ['api'] }));
    await expect(asked).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
    ecs.destroy();

    local.signal('SIGINT');
    expect(await local.exited).toBe(0);
    expect(await isPortFree(port)).toBe(true);
    expect(await readdir(path.join(scratch, 'tmp'))).toEqual([]);
  });

  it('keeps the record of calls where it is told to', async () => {
    const { process: local, environment } = await start('--port', '0', '--state', 'kept');
    await fetch(`${environment['AWS_ENDPOINT_URL']!}/v2/`);
    local.signal('SIGINT');
    expect(await local.exited).toBe(0);
    expect(await readFile(path.join(scratch, 'kept', 'calls.jsonl'), 'utf8')).toContain('ping');
  });

  it('runs the shop as its first commit, with a newer one to release, and again from the same repository', async () => {
    const first = await start('--port', '0', '--shop', 'shop', '--shop-port', '0');
    const { url, repository } = first.shop!;
    expect(repository.path).toBe(path.join(scratch, 'shop', 'shop-api'));
    await waitFor('the shop answers', async () => (await answeredCommit(url)) === repository.first);
    const log = await promisify(execFile)('git', ['-C', repository.path, 'log', '--format=%H'], { timeout: 10_000 });
    expect(log.stdout.trim().split('\n')).toEqual([repository.head, repository.first]);
    expect(repository.head).not.toBe(repository.first);
    first.process.signal('SIGINT');
    expect(await first.process.exited).toBe(0);
    expect(await answeredCommit(url)).toBeUndefined();

    const again = await start('--port', '0', '--shop', 'shop', '--shop-port', new URL(url).port);
    expect(again.shop).toEqual({ url, repository });
    await waitFor('the shop answers again', async () => (await answeredCommit(url)) === repository.first);
  });

  it.each([
    ['its own port', (port: number) => ['--port', String(port)], 'The local AWS'],
    [
      "the shop's",
      (port: number) => ['--port', '0', '--shop', 'shop', '--shop-port', String(port)],
      'The load balancer',
    ],
  ])('says in one sentence that %s is in use', async (_, options, who) => {
    await withTakenPort(async (port) => {
      expect(await failing(...options(port))).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `${who} cannot listen on 127.0.0.1:${port}: the port is in use; stop the program that has it or choose another port.\n`,
      });
    });
  });

  it('touches no repository that it has not made', async () => {
    const place = path.join(scratch, 'shop', 'shop-api');
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, 'mine'), '');
    const { exitCode, stderr } = await failing('--port', '0', '--shop', 'shop', '--shop-port', '0');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`${place} is there already and was not made by \`sluice local-aws\`: choose another folder.\n`);
    expect(await readdir(place)).toEqual(['mine']);
  });

  it('takes no port that there is not, and shows examples in its help', async () => {
    const refused = await failing('--port', '65536');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('Give a port from 1 to 65535, or 0.');
    const { exitCode, stdout } = await failing('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Examples:\n  sluice local-aws');
  });
});
