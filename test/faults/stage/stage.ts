import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { GUARD } from '../../../bin/root';
import type { Releases } from '../../../client/releases';
import { connectReleases } from '../../../client/releases';
import { findTemporal } from '../../../local/temporal/find';
import type { TemporalServer } from '../../../local/temporal/dev-server';
import { startTemporal } from '../../../local/temporal/dev-server';
import { SEARCH_ATTRIBUTES } from '../../../model/search-attributes';
import { waitFor } from '../../helpers/wait-for';
import type { Account } from './account';
import { openAccount } from './account';
import type { SluiceProcess } from './processes';
import { startSluice } from './processes';
import type { Shop, ShopOptions } from './shop';
import { openShop } from './shop';

/** An account with shops in it, and `sluice` as real processes beside the test's own. */
export interface Stage {
  directory: string;
  account: Account;
  shop(name: string, options?: ShopOptions): Promise<Shop>;
  /** Starts `sluice` in a shop's repository, or wherever. */
  sluice(args: readonly string[], cwd?: string, more?: Record<string, string>): Promise<SluiceProcess>;
  /** Ends all processes and deletes all files. */
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-faults-'));
  const cliPath = await findTemporal({ guard: GUARD, onProgress: () => undefined });
  const account = await openAccount(path.join(directory, 'aws'));
  const started: SluiceProcess[] = [];
  return {
    directory,
    account,
    shop: (name, options) => openShop(account, path.join(directory, 'shops', name), name, options),
    async sluice(args, cwd = directory, more = {}) {
      const env = { PATH: process.env['PATH'] ?? '', HOME: directory, TEMPORAL_CLI_PATH: cliPath };
      const program = await startSluice(args, { cwd, env: { ...env, ...account.env, ...more } });
      started.push(program);
      return program;
    },
    async close() {
      for (const program of started) program.signal('SIGKILL');
      await Promise.all(started.map(({ exited }) => exited));
      await account.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A stage with a Temporal server of its own, on a database file, and a worker process that serves it. */
export interface ServedStage extends Stage {
  server: TemporalServer;
  releases: Releases;
  /** Resolves when the worker has its task queues. */
  startWorker(): Promise<void>;
  /** `kill -9` of the worker process; resolves when it is gone. */
  killWorker(): Promise<void>;
}

export async function openServedStage(): Promise<ServedStage> {
  const stage = await openStage();
  const { directory } = stage;
  const cliPath = await findTemporal({ guard: GUARD, onProgress: () => undefined });
  const server = await startTemporal({
    cliPath,
    stateDir: path.join(directory, 'temporal'),
    guard: GUARD,
    searchAttributes: SEARCH_ATTRIBUTES,
    retentionDays: 1,
  });
  const temporal = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
  const releases = await connectReleases(temporal);
  let worker: SluiceProcess | undefined;
  const served: ServedStage = {
    ...stage,
    server,
    releases,
    async startWorker() {
      const program = await stage.sluice(['worker', '--state', path.join(directory, 'worker')], directory, temporal);
      worker = program;
      let ended: number | undefined;
      void program.exited.then((code) => (ended = code));
      await waitFor('a worker that has its task queues', () => {
        if (ended !== undefined) throw new Error(`the worker ended with ${ended}: ${program.output()}`);
        return program.output().includes('working as');
      });
    },
    async killWorker() {
      worker?.signal('SIGKILL');
      await worker?.exited;
    },
    async close() {
      await served.killWorker();
      await releases.close();
      await server.stop();
      await stage.close();
    },
  };
  return served;
}
