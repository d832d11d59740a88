import { addEvent, taskList } from './events';
import { isAlive } from './records';
import type { Deployment, Service, Task } from './records';
import { complete, failByBreaker, finish, obeyStopRequest, rulesOf } from './rollout';
import { nextMoves } from './rollout-rules';
import { launchTask } from './launch';
import { healthFailure, isHealthy } from './task-health';
import { requestStop } from './task-stop';
import { tasksOf } from './world';
import type { World } from './world';

/** Failures in a row from which AWS says so in the service's events. */
const FAILURES_TO_MENTION = 3;

export interface Scheduler {
  /** Looks at the service soon, after whatever changed it is done. */
  poke(service: Service): void;
  close(): void;
}

/** Keeps every service at what it should be: looks at all on each tick, and at one whenever something about it changes. */
export function createScheduler(world: World): Scheduler {
  const poked = new Set<Service>();
  const poke = (service: Service) => {
    if (poked.size === 0) {
      setImmediate(() => {
        const services = [...poked];
        poked.clear();
        for (const one of services) look(world, one, () => poke(one));
      });
    }
    poked.add(service);
  };
  const ticker = setInterval(() => {
    forgetStoppedTasks(world);
    for (const service of world.services.values()) look(world, service, () => poke(service));
  }, world.timing.tickMs);
  return { poke, close: () => clearInterval(ticker) };
}

function look(world: World, service: Service, onChange: () => void): void {
  if (world.closing || service.status === 'INACTIVE') return;
  const { serviceDeployment } = primaryOf(service);
  if (serviceDeployment.status === 'PENDING') {
    finish(serviceDeployment, 'IN_PROGRESS');
    serviceDeployment.times.startedAt = Date.now();
  } else {
    obeyStopRequest(world, service, primaryOf(service));
  }
  judgeTasks(world, service);
  consultBreaker(world, service);
  moveTasks(world, service, onChange);
  dropFinishedDeployments(world, service);
  concludeIfSteady(world, service);
}

/** The one that the service is to run. A service always has it until it is INACTIVE. */
function primaryOf(service: Service): Deployment {
  const [primary] = service.deployments;
  if (!primary) throw new Error(`Service ${service.name} has no PRIMARY deployment.`);
  return primary;
}

/** Stops tasks that fail their health checks; counts, once each, tasks that became healthy and tasks that failed. */
function judgeTasks(world: World, service: Service): void {
  const primary = primaryOf(service);
  for (const task of tasksOf(world, service)) {
    const failure = isAlive(task) ? healthFailure(world, service, task) : undefined;
    if (failure && requestStop(task, 'ServiceSchedulerInitiated', failure.reason)) addEvent(service, failure.event);
    if (!task.seenHealthy && isHealthy(world, task)) {
      task.seenHealthy = true;
      if (task.deployment === primary) noteHealthy(service, primary);
    }
    if (!task.seenStopping && !isAlive(task)) {
      task.seenStopping = true;
      if (task.deployment === primary && failedByItself(task)) noteFailure(world, service, primary);
    }
  }
}

/** Scaling and people stop tasks that are fine; everything else is the task's own fault. */
function failedByItself({ stopCode, stoppedReason }: Task): boolean {
  if (stopCode === 'ServiceSchedulerInitiated') return stoppedReason?.startsWith('Task failed') ?? false;
  return stopCode !== 'UserInitiated';
}

function noteHealthy(service: Service, deployment: Deployment): void {
  deployment.restarts = 0;
  deployment.notBefore = 0;
  if (rulesOf(service).breaker.resetOnHealthyTask) deployment.failedTasks = 0;
}

function noteFailure(world: World, service: Service, deployment: Deployment): void {
  const { restartBackoffMs, restartBackoffMaxMs } = world.timing;
  deployment.notBefore = Date.now() + Math.min(restartBackoffMaxMs, restartBackoffMs * 2 ** deployment.restarts);
  deployment.restarts += 1;
  deployment.times.updatedAt = Date.now();
  if (deployment.rolloutState === 'IN_PROGRESS') deployment.failedTasks += 1;
  if (deployment.restarts === FAILURES_TO_MENTION)
    addEvent(service, 'is unable to consistently start tasks successfully.');
}

function consultBreaker(world: World, service: Service): void {
  const primary = primaryOf(service);
  const { breaker } = rulesOf(service);
  if (!primary.isRollback) {
    primary.serviceDeployment.breaker.threshold = breaker.threshold;
    primary.serviceDeployment.breaker.failureCount = primary.failedTasks;
  }
  if (breaker.enable && primary.rolloutState === 'IN_PROGRESS' && primary.failedTasks >= breaker.threshold) {
    failByBreaker(world, service, primary);
  }
}

function moveTasks(world: World, service: Service, onChange: () => void): void {
  const primary = primaryOf(service);
  const alive = tasksOf(world, service).filter(isAlive);
  const moves = nextMoves({
    desired: service.desiredCount,
    rules: rulesOf(service),
    mayStart: primary.rolloutState !== 'FAILED' && Date.now() >= primary.notBefore,
    abandoned: primary.rolloutState === 'FAILED',
    tasks: alive.map((task) => ({
      id: task.id,
      isPrimary: task.deployment === primary,
      healthy: isHealthy(world, task),
      createdAt: task.times.createdAt,
    })),
  });
  for (const id of moves.stop) {
    const task = world.tasks.get(id);
    if (task)
      requestStop(task, 'ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${primary.id})`);
  }
  const started = Array.from({ length: moves.start }, () => launchFor(world, service, primary, onChange).id);
  if (moves.stop.length > 0)
    addEvent(service, `has stopped ${moves.stop.length} running tasks: ${taskList(moves.stop)}.`);
  if (started.length > 0) addEvent(service, `has started ${started.length} tasks: ${taskList(started)}.`);
  if (moves.stop.length + started.length > 0) service.steady = false;
}

function launchFor(world: World, service: Service, deployment: Deployment, onChange: () => void): Task {
  return launchTask(
    world,
    {
      cluster: service.cluster,
      taskDefinition: deployment.revision.taskDefinition,
      group: `service:${service.name}`,
      startedBy: deployment.id,
      deployment,
      overrides: {},
      tags: new Map(),
    },
    onChange,
  );
}

/** A deployment that was replaced leaves the list with its last task, however it ended. */
function dropFinishedDeployments(world: World, service: Service): void {
  const inUse = new Set(
    tasksOf(world, service)
      .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
      .map((task) => task.deployment),
  );
  service.deployments = service.deployments.filter((one) => one.status === 'PRIMARY' || inUse.has(one));
}

function concludeIfSteady(world: World, service: Service): void {
  const primary = primaryOf(service);
  const left = tasksOf(world, service).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  if (service.status === 'DRAINING') {
    if (left.length > 0) return;
    service.status = 'INACTIVE';
    service.deployments = [];
    return;
  }
  const asWanted =
    left.length === service.desiredCount && left.every((task) => isPrimaryAndHealthy(world, task, primary));
  if (!asWanted || primary.rolloutState === 'FAILED') return;
  if (primary.rolloutState === 'IN_PROGRESS') complete(service, primary);
  if (!service.steady) addEvent(service, 'has reached a steady state.');
  service.steady = true;
}

function isPrimaryAndHealthy(world: World, task: Task, primary: Deployment): boolean {
  return task.deployment === primary && isHealthy(world, task);
}

function forgetStoppedTasks(world: World): void {
  const oldest = Date.now() - world.timing.stoppedTaskRetentionMs;
  for (const task of world.tasks.values()) {
    if ((task.times.stoppedAt ?? Infinity) < oldest) world.tasks.delete(task.id);
  }
}
