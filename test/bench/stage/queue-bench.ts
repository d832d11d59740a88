import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { createTurnActivities } from '../../../activities/turns/activities';
import { GUARD, PACKAGE_ROOT } from '../../../bin/root';
import { findTemporal } from '../../../local/temporal/find';
import { startTemporal } from '../../../local/temporal/dev-server';
import { deploymentId, environmentId } from '../../../model/ids';
import type { DeploymentRequest, RequestStanding } from '../../../model/messages';
import { TASK_QUEUES } from '../../../model/queues';
import { SEARCH_ATTRIBUTES } from '../../../model/search-attributes';
import { startWorkers } from '../../../worker/run';
import { deploymentRequest } from '../../helpers/requests';

export const PROJECT = 'bench';
export const ENVIRONMENT_ID = environmentId(PROJECT, 'production');
export const DEPLOYMENT_ID = deploymentId(PROJECT, 'production');

const BUNDLE_LIMIT_MS = 120_000;

export interface QueueBench {
  client: Client;
  line: WorkflowHandle;
  /** Request ids in the order in which turns were offered. */
  offered: string[];
  ask(requestId: string): Promise<RequestStanding>;
  close(): Promise<void>;
}

/** A Temporal server in memory and the orchestrator's worker in this process; nobody but the environment has anything to do. */
export async function startQueueBench(): Promise<QueueBench> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const server = await startTemporal({
      cliPath: await findTemporal({ guard: GUARD, onProgress: say }),
      stateDir: directory,
      guard: GUARD,
      searchAttributes: SEARCH_ATTRIBUTES,
      retentionDays: 1,
      ephemeral: true,
    });
    closing.push(() => server.stop());
    const { address, namespace } = server;
    const connection = await NativeConnection.connect({ address });
    closing.push(() => connection.close());
    const offered: string[] = [];
    const workers = await startWorkers({
      connection,
      namespace,
      roles: ['orchestrator'],
      activities: () => ({
        ...createTurnActivities(),
        // No release is there to answer or to be told.
        offerTurn: ({ requestId }: { requestId: string }) => Promise.resolve({ wanted: offered.push(requestId) > 0 }),
        announceNewerCommit: () => Promise.resolve({ told: 0 }),
      }),
      workflowBundle: await bundle(directory),
    });
    closing.push(() => {
      workers.shutdown();
      return workers.done;
    });
    const own = await Connection.connect({ address });
    closing.push(() => own.close());
    const client = new Client({ connection: own, namespace });
    return {
      client,
      line: client.workflow.getHandle(ENVIRONMENT_ID),
      offered,
      ask: (requestId) => ask(client, requestId),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(directory: string): Promise<string> {
  const file = path.join(directory, 'workflows.js');
  const typescript = path.join(PACKAGE_ROOT, 'scripts', 'typescript.cjs');
  const bundler = path.join(__dirname, 'queue-bundle.ts');
  await promisify(execFile)(process.execPath, ['--require', typescript, bundler, file], { timeout: BUNDLE_LIMIT_MS });
  return file;
}

function ask(client: Client, requestId: string): Promise<RequestStanding> {
  const request = deploymentRequest({ requestId, project: PROJECT, releaseId: `release:${PROJECT}:${requestId}` });
  return client.workflow.executeUpdateWithStart<Workflow, RequestStanding, [DeploymentRequest]>('enqueue', {
    args: [request],
    startWorkflowOperation: new WithStartWorkflowOperation('environment', {
      workflowId: ENVIRONMENT_ID,
      taskQueue: TASK_QUEUES.orchestrator,
      args: [{ project: PROJECT, name: 'production' }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });
}
