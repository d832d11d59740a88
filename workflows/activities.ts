import { proxyActivities } from '@temporalio/workflow';
import type { EcsActivities } from '../activities/ecs/activities';
import type { GateActivities } from '../activities/gates/activities';
import type { HealthActivities } from '../activities/health/activities';
import type { ImageActivities } from '../activities/image/activities';
import type { SourceActivities } from '../activities/source/activities';
import type { TurnActivities } from '../activities/turns/activities';
import { TASK_QUEUES } from '../model/queues';

// One proxy for each class of time limits. `cancellationType` is always set: the SDK's real default lets a
// compensation start while the activity still runs (sdk-typescript#2442).

const HEARTBEAT = '10 seconds';
const WAIT = 'WAIT_CANCELLATION_COMPLETED';
const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** Git reads: a first clone may be large. */
export const source = proxyActivities<SourceActivities>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** Questions between workflows: quick, and repeated until they are answered. */
export const turns = proxyActivities<Omit<TurnActivities, 'awaitDeployment'>>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '30 seconds',
  cancellationType: WAIT,
  retry: RETRY,
});

/** A deployment may bake for days. */
export const deploymentWaits = proxyActivities<Pick<TurnActivities, 'awaitDeployment'>>({
  taskQueue: TASK_QUEUES.watches,
  startToCloseTimeout: '31 days',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** Each gate brings its own time limit; a few attempts, since a lost worker says nothing about the commit. */
export const gates = proxyActivities<GateActivities>({
  taskQueue: TASK_QUEUES.gates,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: { ...RETRY, maximumAttempts: 5 },
});

export const images = proxyActivities<ImageActivities>({
  taskQueue: TASK_QUEUES.images,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: { ...RETRY, maximumAttempts: 5 },
});

type EcsWaits = 'awaitStable' | 'awaitSettled' | 'awaitReturned';
type EcsForward = 'inspectTargets' | 'registerRevision' | 'updateService';

/** Looks, and writes that go back; AWS may be away for a while, and then nothing can be claimed. */
export const ecs = proxyActivities<Omit<EcsActivities, EcsWaits | EcsForward>>({
  taskQueue: TASK_QUEUES.deployer,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '15 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** What goes forward is checked by the deployer, which reads the repository itself: a first clone may be large. */
export const ecsForward = proxyActivities<Pick<EcsActivities, EcsForward>>({
  taskQueue: TASK_QUEUES.deployer,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** On a queue of their own, so that a rollback's write never waits behind a bake. */
export const ecsWaits = proxyActivities<Pick<EcsActivities, EcsWaits>>({
  taskQueue: TASK_QUEUES.waits,
  startToCloseTimeout: '1 day',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

export const health = proxyActivities<HealthActivities>({
  taskQueue: TASK_QUEUES.waits,
  startToCloseTimeout: '1 day',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});
