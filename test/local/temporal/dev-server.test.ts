import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { startTemporal } from '../../../local/temporal/dev-server';
import type { TemporalOptions, TemporalServer } from '../../../local/temporal/dev-server';
import { findTemporal } from '../../../local/temporal/find';
import { boundedLog } from '../../../local/temporal/log-file';
import { waitFor } from '../../helpers/wait-for';

const root = path.resolve(__dirname, '../../..');
const guard = [process.execPath, path.join(root, 'bin/guard.mjs')];
const started: TemporalServer[] = [];
let cliPath: string;
let stateDir: string;

beforeAll(async () => {
  cliPath = await findTemporal({ guard, onProgress: () => undefined });
});
beforeEach(() => {
  stateDir = mkdtempSync(path.join(os.tmpdir(), 'sluice-dev-server-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  rmSync(stateDir, { recursive: true, force: true });
});

async function start(options: Partial<TemporalOptions> = {}): Promise<TemporalServer> {
  const server = await startTemporal({ cliPath, stateDir, guard, searchAttributes: {}, retentionDays: 90, ...options });
  started.push(server);
  return server;
}

async function ask<T>({ address }: TemporalServer, question: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await question(connection);
  } finally {
    await connection.close();
  }
}

const retentionSeconds = (server: TemporalServer): Promise<number> =>
  ask(server, async ({ workflowService }) => {
    const { config } = await workflowService.describeNamespace({ namespace: server.namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds);
  });

const attributes = (server: TemporalServer): Promise<string[]> =>
  ask(server, async ({ operatorService }) => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: server.namespace });
    return Object.keys(customAttributes).sort();
  });

const startWorkflow = (
  server: TemporalServer,
  workflowId: string,
  keywords: Record<string, string>,
): Promise<unknown> =>
  ask(server, (connection) =>
    new Client({ connection }).workflow.start('release', {
      workflowId,
      taskQueue: 'none',
      typedSearchAttributes: Object.entries(keywords).map(([name, value]) => ({
        key: defineSearchAttributeKey(name, 'KEYWORD'),
        value,
      })),
    }),
  );

function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

async function takePort(): Promise<net.Server> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

describe('a Temporal dev server', () => {
  it('serves gRPC and the UI on loopback, with retention and search attributes set', async () => {
    const searchAttributes = { SluiceProject: 'Keyword', SluiceSince: 'Datetime' } as const;
    const server = await start({ searchAttributes, ephemeral: true });
    expect(await retentionSeconds(server)).toBe(90 * 86_400);
    expect(await attributes(server)).toEqual(['SluiceProject', 'SluiceSince']);
    await startWorkflow(server, 'release:1', { SluiceProject: 'shop' });
    expect((await fetch(server.uiUrl)).status).toBe(200);
  });

  it('creates a namespace of another name', async () => {
    const server = await start({
      namespace: 'releases',
      searchAttributes: { SluiceProject: 'Keyword' },
      ephemeral: true,
    });
    expect(await retentionSeconds(server)).toBe(90 * 86_400);
    expect(await attributes(server)).toEqual(['SluiceProject']);
  });

  it('keeps what it knew over a restart, on the same ports, also when it was killed', async () => {
    const server = await start({ searchAttributes: { SluiceProject: 'Keyword' } });
    const address = server.address;
    await startWorkflow(server, 'release:1', { SluiceProject: 'shop' });
    process.kill(server.pid(), 'SIGKILL');
    await server.exited();
    await server.restart();
    expect(server.address).toBe(address);
    const found = await ask(server, (connection) =>
      new Client({ connection }).workflow.getHandle('release:1').describe(),
    );
    expect(found.status.name).toBe('RUNNING');
  });

  it('takes up a database that was made with fewer search attributes', async () => {
    await (await start({ searchAttributes: { SluiceProject: 'Keyword' } })).stop();
    const server = await start({ searchAttributes: { SluiceProject: 'Keyword', SluicePhase: 'Keyword' } });
    expect(await attributes(server)).toEqual(['SluicePhase', 'SluiceProject']);
    await startWorkflow(server, 'release:1', { SluiceProject: 'shop', SluicePhase: 'gates' });
  });

  it('refuses a database in which a search attribute has another type', async () => {
    await (await start({ searchAttributes: { SluiceSince: 'Keyword' } })).stop();
    await expect(start({ searchAttributes: { SluiceSince: 'Datetime' } })).rejects.toThrow(
      'the search attribute SluiceSince of this Temporal database is not of type Datetime',
    );
  });

  it('passes dynamic configuration on', async () => {
    const server = await start({ ephemeral: true, dynamicConfig: { 'limit.maxIDLength': '40' } });
    await expect(startWorkflow(server, 'x'.repeat(50), {})).rejects.toThrow();
    await startWorkflow(server, 'x'.repeat(10), {});
  });

  it('leaves no database when it is ephemeral, and no process and no lock when it is stopped', async () => {
    const server = await start({ ephemeral: true });
    const pid = server.pid();
    expect(isAlive(pid)).toBe(true);
    await server.stop();
    await server.stop();
    // A hard kill is not waited for: for a moment the kernel may still have it.
    await waitFor('the server to be gone', () => !isAlive(pid));
    const left = readdirSync(stateDir);
    expect(left.filter((name) => /\.(db|lock)/.test(name))).toEqual([]);
  });

  it('dies with the process that started it, even when that is killed', async () => {
    const code = `
      const { startTemporal } = require(${JSON.stringify(path.join(root, 'dist/local/temporal/dev-server.js'))});
      startTemporal(${JSON.stringify({ cliPath, stateDir, guard, searchAttributes: {}, retentionDays: 1 })})
        .then((server) => console.log(server.pid()));`;
    const starter = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await waitFor('the server to die', () => !isAlive(pid));
    await start(); // the lock of the dead is no obstacle
  });
});

describe('starting a Temporal dev server', () => {
  it.each(['port', 'uiPort'] as const)('refuses a taken %s in one sentence', async (which) => {
    const taken = await takePort();
    await expect(start({ [which]: portOf(taken) })).rejects.toThrow(
      `port ${portOf(taken)} on 127.0.0.1 is in use by another program: stop that one or choose another port`,
    );
    taken.close();
  });

  it('uses the ports that it was told', async () => {
    const [grpc, ui] = [await takePort(), await takePort()];
    const [port, uiPort] = [portOf(grpc), portOf(ui)];
    await Promise.all([grpc, ui].map((server) => once(server.close(), 'close')));
    const server = await start({ port, uiPort, ephemeral: true });
    expect(server).toMatchObject({ address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` });
  });

  it('refuses a state folder that another server uses', async () => {
    await start({ ephemeral: true });
    await expect(start()).rejects.toThrow(`another Temporal server uses ${stateDir}`);
  });

  it('says what the program said when it ends at once, and lets go of the state folder', async () => {
    await expect(start({ dynamicConfig: { broken: '{' } })).rejects.toThrow(/ended with 1 before it was up: .*broken/s);
    expect(existsSync(path.join(stateDir, 'temporal.lock'))).toBe(false);
  });
});

it('the log of the server is bounded', () => {
  const file = path.join(stateDir, 'log');
  const log = boundedLog(file, 10);
  for (let line = 0; line < 9; line++) log(Buffer.from(`${line}23\n`));
  expect(readFileSync(file, 'utf8')).toBe('823\n');
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(10);
});
