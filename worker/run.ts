import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Role, TaskQueue } from '../model/queues';
import { ROLES, TASK_QUEUES } from '../model/queues';
import { TypedFailures } from './failures';

/** Cancellations and the details of a lost attempt arrive at this pace; the SDK's default would be 8 seconds. */
const HEARTBEAT_THROTTLE = '1 second';
/** A killed worker's cached workflows are taken over after this. */
const STICKY_TIMEOUT = '5 seconds';
/** Activities are retried elsewhere, so a short grace is enough; both stay below a container's stop time-out. */
const SHUTDOWN_GRACE = '5 seconds';
const SHUTDOWN_FORCE = '20 seconds';
/** Explicit, since a cache larger than the isolate's heap kills the worker (sdk-typescript#2227). */
const CACHED_WORKFLOWS = 200;

export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  roles: readonly Role[];
  /** The activities that a worker of this queue carries out; undefined for one that it has nothing to do for. */
  activities: (queue: TaskQueue) => object | undefined;
  /** Compiled ahead of time; absent means that the sources are bundled now (about 2 seconds). */
  workflowBundle?: string;
}

export interface RunningWorkers {
  /** Resolves when all have stopped, rejects when one broke. */
  done: Promise<void>;
  /** Begins an orderly shutdown; idempotent. Await `done` for its end. */
  shutdown(): void;
}

/** Starts one worker for each task queue of the given roles, all in this process. */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const queues = [...new Set(options.roles.flatMap((role): readonly TaskQueue[] => ROLES[role]))];
  const workers = await Promise.all(
    queues.flatMap((queue) => {
      const activities = options.activities(queue);
      return activities === undefined ? [] : [Worker.create(workerOptions(queue, activities, options))];
    }),
  );
  const runs = workers.map((worker) => worker.run());
  const shutdown = (): void => {
    // A second `shutdown()` of the SDK throws.
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const done = Promise.all(runs).then(() => undefined);
  // One broken worker takes the others down in an orderly way, instead of leaving half a process.
  done.catch(shutdown);
  return { done, shutdown };
}

function workerOptions(queue: TaskQueue, activities: object, options: WorkersOptions): WorkerOptions {
  const { connection, namespace } = options;
  return {
    connection,
    namespace,
    taskQueue: TASK_QUEUES[queue],
    identity: `${process.pid}@${hostname()} ${queue}`,
    activities,
    interceptors: { activity: [() => ({ inbound: new TypedFailures() })] },
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    ...(queue === 'orchestrator' && workflowSource(options.workflowBundle)),
  };
}

function workflowSource(bundle: string | undefined): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (bundle !== undefined && existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: path.join(__dirname, '..', 'workflows') };
}
