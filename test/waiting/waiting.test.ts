import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { GUARD, WORKFLOW_BUNDLE } from '../../bin/root';
import type { TemporalServer } from '../../local/temporal/dev-server';
import { startTemporal } from '../../local/temporal/dev-server';
import { findTemporal } from '../../local/temporal/find';
import { freePorts } from '../../local/temporal/ports';
import type { Role } from '../../model/queues';
import { ROLES } from '../../model/queues';
import { SEARCH_ATTRIBUTES } from '../../model/search-attributes';
import type { RunningWorkers } from '../../worker/run';
import { startWorkers } from '../../worker/run';
import { fakeActivities } from '../helpers/fake-activities';
import { freshRequest, outcomeOf, startRelease } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { waitFor } from '../helpers/wait-for';
import { countCalls, countedCalls } from './stage/counted-calls';

// What waiting costs. Real server, real workers, the release's own code; only what it asks of the world is replaced.

/** The full measure takes five minutes; CI takes a sample of it. */
const RELEASES = Number(process.env['SLUICE_WAITING_RELEASES'] ?? 1_000);
const WAIT_MS = Number(process.env['SLUICE_WAITING_SECONDS'] ?? 120) * 1_000;
/** More at once than this, and starts time out on a small machine. */
const AT_ONCE = 20;
const SET_UP_LIMIT_MS = 240_000;
const DAY_MS = 86_400_000;

let directory: string;
let server: TemporalServer;
let connection: Connection;
let native: NativeConnection;
let workers: RunningWorkers;
let client: Client;
let metricsPort: number;
let handles: WorkflowHandle[];

const world = fakeActivities({
  admit: async ({ commit, project, repository }) =>
    plan({
      commit,
      project,
      repository,
      gates: [],
      environments: [environmentSpec({ approval: { minimum: 1, expiresMs: DAY_MS } })],
    }),
});

beforeAll(async () => {
  [metricsPort = 0] = await freePorts(1);
  countCalls(metricsPort);
  directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-waiting-'));
  const cliPath = await findTemporal({ guard: GUARD, onProgress: () => undefined });
  const settings = { searchAttributes: SEARCH_ATTRIBUTES, retentionDays: 1, ephemeral: true };
  server = await startTemporal({ cliPath, stateDir: directory, guard: GUARD, ...settings });
  const { address, namespace } = server;
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  native = await NativeConnection.connect({ address });
  workers = await startWorkers({
    connection: native,
    namespace,
    roles: Object.keys(ROLES) as Role[],
    activities: world.activities,
    workflowBundle: WORKFLOW_BUNDLE,
  });
  handles = await inTurns(
    Array.from({ length: RELEASES }, () => freshRequest()),
    (request) => startRelease(client, request),
  );
  await waitFor('all to wait', () => allWait(), SET_UP_LIMIT_MS);
}, SET_UP_LIMIT_MS);

afterAll(async () => {
  workers.shutdown();
  await workers.done;
  await connection.close();
  await native.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** One after the other, in a few rows. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  }
  return results;
}

/** Every one has asked people, and has nothing left to do. */
async function allWait(): Promise<boolean> {
  const { count } = await client.workflow.count("WorkflowType = 'release' AND SluicePhase = 'approval'");
  if (count < RELEASES) return false;
  const idle = await inTurns(handles, async (handle) => {
    const { raw } = await handle.describe();
    return !raw.pendingWorkflowTask && (raw.pendingActivities ?? []).length === 0;
  });
  return idle.every(Boolean);
}

async function histories(): Promise<number[]> {
  return inTurns(handles, async (handle) => (await handle.describe()).historyLength);
}

it(
  `${RELEASES} releases that wait for approval for a while cost no event, no task and no call`,
  async () => {
    const before = {
      histories: await histories(),
      activities: [...world.calls],
      calls: await countedCalls(metricsPort),
    };
    // The measure itself, and no waiting for luck.
    await sleep(WAIT_MS);
    const after = {
      histories: await histories(),
      activities: [...world.calls],
      calls: await countedCalls(metricsPort),
    };

    expect(before.histories).toHaveLength(RELEASES);
    // What is counted counts: every release came this far by tasks and calls of its own.
    expect(Object.values(before.calls).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(RELEASES);
    expect(before.activities.length).toBeGreaterThan(RELEASES);
    expect(after).toEqual(before);
  },
  WAIT_MS + 60_000,
);

it('and they live: one that is approved is released, one that is aborted ends', async () => {
  const [first, middle, last] = [handles[0]!, handles[RELEASES / 2]!, handles[RELEASES - 1]!];
  await first.executeUpdate('approve', { args: [{ by: 'bob' }] });
  await last.signal('approve', { by: 'bob' });
  await middle.signal('abort', { by: 'bob' });
  const outcomes = await Promise.all([first, middle, last].map(outcomeOf));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['released', 'aborted', 'released']);
});
