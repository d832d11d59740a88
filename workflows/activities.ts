import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ApprovalActivities } from '../activities/approvals/activities';
import type { EcsActivities } from '../activities/ecs/activities';
import type { GateActivities } from '../activities/gates/activities';
import type { HealthActivities } from '../activities/health/activities';
import type { ImageActivities } from '../activities/image/activities';
import type { NotifyActivities } from '../activities/notify/activities';
import type { ReportingActivities } from '../activities/notify/reporting';
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

/** Git reads that people wait for meanwhile. */
export const soon = proxyActivities<Pick<SourceActivities, 'compareCommits'>>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '2 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

export const approvals = proxyActivities<Pick<ApprovalActivities, 'changesBetween'>>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** Local: it asks nobody, and costs one event. */
export const signatures = proxyLocalActivities<Pick<ApprovalActivities, 'verifyDecision'>>({
  startToCloseTimeout: '10 seconds',
  cancellationType: WAIT,
  retry: { ...RETRY, maximumAttempts: 3 },
});

/** Questions between workflows: quick, and repeated until they are answered. */
export const turns = proxyActivities<Omit<TurnActivities, 'awaitDeployment' | 'announceNewerCommit'>>({
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

/** Nobody waits for it: what cannot be said in time stays unsaid, and is found out at the turn. */
export const announcements = proxyActivities<Pick<TurnActivities, 'announceNewerCommit'>>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT,
  cancellationType: WAIT,
  retry: RETRY,
});

/** As `source`, for those in line: while it is not known they keep their order. */
export const comparing = proxyActivities<Pick<SourceActivities, 'compareCommits'>>({
  taskQueue: TASK_QUEUES.orchestrator,
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '10 minutes',
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

/** Local, so that each costs a release one event; none may hold it up. */
export const reporting = proxyLocalActivities<ReportingActivities>({
  startToCloseTimeout: '3 seconds',
  scheduleToCloseTimeout: '8 seconds',
  cancellationType: WAIT,
  retry: { initialInterval: '200 milliseconds', maximumAttempts: 3 },
});

/** One request to GitHub each. What is overtaken is given up soon; where GitHub asks for a pause, it says how long. */
export const notify = proxyActivities<NotifyActivities>({
  taskQueue: TASK_QUEUES.notify,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '20 minutes',
  cancellationType: WAIT,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 3, maximumInterval: '1 minute', maximumAttempts: 5 },
});

/** The last word stays at GitHub, so it is tried for longer. */
export const notifyFinal = proxyActivities<NotifyActivities>({
  taskQueue: TASK_QUEUES.notify,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '3 hours',
  cancellationType: WAIT,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 3, maximumInterval: '10 minutes', maximumAttempts: 20 },
});
