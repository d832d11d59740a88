import path from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { connectTemporal } from '../client/connect';
import type { Releases } from '../client/releases';
import { releasesOf } from '../client/releases';
import { findTemporal } from '../local/temporal/find';
import type { TemporalServer } from '../local/temporal/dev-server';
import { startTemporal } from '../local/temporal/dev-server';
import type { Policy } from '../model/policy/policy';
import type { Role } from '../model/queues';
import { ROLES } from '../model/queues';
import { SEARCH_ATTRIBUTES } from '../model/search-attributes';
import { activitiesOn } from './activities';
import { GUARD, WORKFLOW_BUNDLE } from './root';
import { startWorkers } from '../worker/run';

/** Design section 4: long enough to look back at a quarter. */
const RETENTION_DAYS = 90;

export interface EmbeddedOptions {
  /** Holds the Temporal database, checkouts and logs. */
  stateDir: string;
  /** Lines about what takes long. */
  onProgress: (line: string) => void;
  port?: number;
  uiPort?: number;
  /** The word of whoever runs this process. */
  policy?: Policy | undefined;
}

/** Temporal and all workers in this process (design section 8, first size). */
export interface Embedded {
  server: TemporalServer;
  client: Client;
  releases: Releases;
  /** Ends the workers first, so that no activity is lost, then the server. May be repeated. */
  stop(): Promise<void>;
}

export async function startEmbedded({
  stateDir,
  onProgress,
  port,
  uiPort,
  policy,
}: EmbeddedOptions): Promise<Embedded> {
  const cliPath = await findTemporal({ guard: GUARD, onProgress });
  const server = await startTemporal({
    cliPath,
    stateDir: path.join(stateDir, 'temporal'),
    guard: GUARD,
    searchAttributes: SEARCH_ATTRIBUTES,
    retentionDays: RETENTION_DAYS,
    ...(port !== undefined && { port }),
    ...(uiPort !== undefined && { uiPort }),
  });
  try {
    const { address, namespace } = server;
    const connection = await NativeConnection.connect({ address });
    const workers = await startWorkers({
      connection,
      namespace,
      roles: Object.keys(ROLES) as Role[],
      activities: activitiesOn(stateDir, policy),
      workflowBundle: WORKFLOW_BUNDLE,
    });
    const temporal = await connectTemporal({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      workers.shutdown();
      await workers.done;
      await temporal.close();
      await connection.close();
      await server.stop();
    };
    return {
      server,
      client: temporal.client,
      releases: releasesOf(temporal.client),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
