import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { GUARD, WORKFLOW_BUNDLE } from '../../bin/root';
import { findTemporal } from '../../local/temporal/find';
import type { TemporalServer } from '../../local/temporal/dev-server';
import { startTemporal } from '../../local/temporal/dev-server';
import type { Role, TaskQueue } from '../../model/queues';
import { ROLES } from '../../model/queues';
import { SEARCH_ATTRIBUTES } from '../../model/search-attributes';
import type { RunningWorkers } from '../../worker/run';
import { startWorkers } from '../../worker/run';
import { installRuntime } from '../../worker/telemetry';

// A failed workflow is what many tests are about: the SDK's warnings would bury the one that matters.
installRuntime('ERROR', (line) => process.stderr.write(`${line}\n`));

export interface TestServer {
  server: TemporalServer;
  client: Client;
  /** Starts workers of all roles with these activities. They are stopped by `stop`. */
  work(activities: (queue: TaskQueue) => object | undefined): Promise<RunningWorkers>;
  stop(): Promise<void>;
}

/** A Temporal server of this test file's own, in memory: ids and task queues are then nobody else's. */
export async function startTestServer(dynamicConfig: Record<string, string> = {}): Promise<TestServer> {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'sluice-temporal-'));
  const cliPath = await findTemporal({ guard: GUARD, onProgress: () => undefined });
  const server = await startTemporal({
    cliPath,
    stateDir,
    guard: GUARD,
    searchAttributes: SEARCH_ATTRIBUTES,
    retentionDays: 1,
    ephemeral: true,
    dynamicConfig,
  });
  const { address, namespace } = server;
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const running: RunningWorkers[] = [];
  return {
    server,
    client: new Client({ connection, namespace }),
    async work(activities) {
      const workers = await startWorkers({
        connection: native,
        namespace,
        roles: Object.keys(ROLES) as Role[],
        activities,
        workflowBundle: WORKFLOW_BUNDLE,
      });
      running.push(workers);
      return workers;
    },
    async stop() {
      for (const workers of running) workers.shutdown();
      await Promise.all(running.map(({ done }) => done));
      await connection.close();
      await native.close();
      await server.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Replays every history of the server against the bundle: code that is not deterministic shows here. */
export async function replayAll(client: Client): Promise<void> {
  const failures: string[] = [];
  let replayed = 0;
  const histories = client.workflow.list().intoHistories();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { codePath: WORKFLOW_BUNDLE } },
    histories,
  )) {
    replayed += 1;
    if (error) failures.push(`${workflowId}: ${error.message}`);
  }
  if (replayed === 0) throw new Error('there was no history to replay');
  if (failures.length > 0) throw new Error(failures.join('\n'));
}
