import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseReleaseConfig } from '../../../model/config/parse';
import type { GateResult } from '../../../model/gate';
import { waitFor } from '../../helpers/wait-for';
import { createBench } from './gate-bench';
import type { Bench } from './gate-bench';

const EXAMPLE = path.join(__dirname, '../../../examples/shop-api');

/** What the demo changes in one line; each must be there exactly once. */
const BREAKS_TESTS = { file: 'src/money.js', from: 'Math.round(', to: 'Math.floor(' };
const BREAKS_READINESS = { file: 'server.js', from: "'catalogue.json'", to: "'catalog.json'" };
const BREAKS_IDENTITY = { file: 'server.js', from: 'COMMIT_SHA: commit', to: 'GIT_COMMIT: commit' };

let bench: Bench;
let repository: string;

beforeEach(() => {
  bench = createBench();
  repository = path.join(bench.folder, 'repository');
  cpSync(EXAMPLE, repository, { recursive: true });
});

afterEach(async () => {
  await bench.remove();
});

function change({ file, from, to }: typeof BREAKS_TESTS): void {
  const before = readFileSync(path.join(repository, file), 'utf8');
  expect(before.split(from)).toHaveLength(2);
  writeFileSync(path.join(repository, file), before.replace(from, to));
}

async function runAllGates(): Promise<GateResult[]> {
  const parsed = parseReleaseConfig(readFileSync(path.join(repository, 'release.yml'), 'utf8'), 'release.yml');
  if (!parsed.ok) throw new Error('the example has no valid release.yml');
  bench.commit({});
  return await Promise.all(parsed.config.gates.map((gate) => bench.run(gate)));
}

/** Starts the service as its image does, on a port of its own, and asks it. */
async function whileServing(
  work: (
    ask: (route: string) => Promise<[number, unknown]>,
    service: ChildProcess,
    said: () => string,
  ) => Promise<void>,
): Promise<void> {
  const service = spawn(process.execPath, ['server.js'], {
    cwd: repository,
    env: { COMMIT_SHA: 'c0ffee', HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [service.stdout, service.stderr])
    stream.on('data', (piece: Buffer) => (said += piece.toString()));
  try {
    const [, port] = await waitFor('the service listens', () => /listens on 127\.0\.0\.1:(\d+)/.exec(said));
    await work(
      async (route) => {
        const response = await fetch(`http://127.0.0.1:${port}${route}`, { headers: { connection: 'close' } });
        return [response.status, await response.json()];
      },
      service,
      () => said,
    );
  } finally {
    service.kill('SIGKILL');
  }
}

describe('examples/shop-api', () => {
  it('passes its gates', async () => {
    const results = await runAllGates();
    expect(results).toMatchObject([
      {
        gate: 'tests',
        verdict: 'passed',
        cause: expect.stringMatching(
          /^`npm test` succeeded; coverage \d+\.\d\d % of lines \(\d+ of \d+ in 3 files\), floor 80 %$/,
        ) as unknown,
      },
      { gate: 'secrets', verdict: 'passed' },
    ]);
  });

  it('fails its tests when prices are rounded another way', async () => {
    change(BREAKS_TESTS);
    expect(await runAllGates()).toMatchObject([
      { gate: 'tests', verdict: 'failed', cause: '`npm test` failed with exit code 1' },
      { gate: 'secrets', verdict: 'passed' },
    ]);
  });

  it('is healthy on its commit when it runs, and ends by itself on SIGTERM', async () => {
    await whileServing(async (ask, service) => {
      await waitFor('ready', async () => (await ask('/healthz'))[0] === 200);
      expect(await ask('/version')).toEqual([200, { commit: 'c0ffee' }]);
      service.kill('SIGTERM');
      await waitFor('the end', () => service.exitCode !== null);
      expect(service.exitCode).toBe(0);
    });
  });

  it('passes its gates and is never ready when its catalogue is not found', async () => {
    change(BREAKS_READINESS);
    expect((await runAllGates()).map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    await whileServing(async (ask, _, said) => {
      await waitFor('it gave up', () => said().includes('cannot load the catalogue'));
      expect(await ask('/healthz')).toEqual([503, { error: 'the catalogue is not loaded' }]);
    });
  });

  it('passes its gates and denies its commit when it reads another variable', async () => {
    change(BREAKS_IDENTITY);
    expect((await runAllGates()).map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    await whileServing(async (ask) => {
      await waitFor('ready', async () => (await ask('/healthz'))[0] === 200);
      expect(await ask('/version')).toEqual([200, { commit: 'unknown' }]);
    });
  });
});
