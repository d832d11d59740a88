import { isAlive } from './records';
import type { Deployment, Service, Task } from './records';
import { addEvent, complete, failByBreaker, finish, obeyStopRequest, primaryOf, rulesOf } from './rollout';
import { nextMoves } from './rollout-rules';
import { healthFailure, isHealthy } from './task-health';
import { launchTask, requestStop } from './task-life';
import { tasksOf } from './world';
import type { World } from './world';

/** Failures in a row from which AWS says so in the service's events. */
const FAILURES_TO_MENTION = 3;

/** Keeps every service at what it should be: looks at all on each tick, and soon at one that has changed. Answers how to end that. */
export function startScheduler(world: World): () => void {
  const changed = new Set<Service>();
  world.onChange = (service) => {
    if (changed.size === 0) {
      setImmediate(() => {
        const services = [...changed];
        changed.clear();
        for (const one of services) look(world, one);
      });
    }
    changed.add(service);
  };
  const ticker = setInterval(() => {
    for (const service of world.services.values()) look(world, service);
  }, world.timing.tickMs);
  return () => clearInterval(ticker);
}

function look(world: World, service: Service): void {
  if (world.closing) return;
  const { serviceDeployment } = primaryOf(service);
  if (serviceDeployment.status === 'PENDING') {
    finish(serviceDeployment, 'IN_PROGRESS');
    serviceDeployment.times.startedAt = Date.now();
  } else {
    obeyStopRequest(world, service, primaryOf(service));
  }
  judgeTasks(world, service);
  consultBreaker(world, service);
  moveTasks(world, service);
  concludeIfSteady(world, service);
}

/** Stops tasks that fail their health checks; counts, once each, tasks that became healthy and tasks that failed. */
function judgeTasks(world: World, service: Service): void {
  const primary = primaryOf(service);
  for (const task of tasksOf(world, service)) {
    const failure = isAlive(task) ? healthFailure(world, task) : undefined;
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
  const { enable, threshold } = rulesOf(service).breaker;
  const isOpen = enable && primary.rolloutState === 'IN_PROGRESS' && primary.failedTasks >= threshold;
  if (isOpen) failByBreaker(world, service, primary);
}

function moveTasks(world: World, service: Service): void {
  const primary = primaryOf(service);
  const failed = primary.rolloutState === 'FAILED';
  const alive = tasksOf(world, service).filter(isAlive);
  const { start, stop } = nextMoves({
    desired: service.desiredCount,
    rules: rulesOf(service),
    mayStart: !failed && Date.now() >= primary.notBefore,
    abandoned: failed,
    tasks: alive.map((task) => ({
      id: task.id,
      isPrimary: task.deployment === primary,
      healthy: isHealthy(world, task),
      createdAt: task.times.createdAt,
    })),
  });
  const reason = `Scaling activity initiated by (deployment ${primary.id})`;
  const stopped = alive.filter(({ id }) => stop.includes(id));
  for (const task of stopped) requestStop(task, 'ServiceSchedulerInitiated', reason);
  const started = Array.from({ length: start }, () => launchTask(world, primary));
  if (stopped.length > 0) addEvent(service, `has stopped ${stopped.length} running tasks: ${listed(stopped)}.`);
  if (started.length > 0) addEvent(service, `has started ${started.length} tasks: ${listed(started)}.`);
  if (stopped.length + started.length > 0) service.steady = false;
}

function listed(tasks: Task[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(' ');
}

/** Drops deployments that were replaced and whose last task is gone; completes the PRIMARY when all is as it should be. */
function concludeIfSteady(world: World, service: Service): void {
  const primary = primaryOf(service);
  const left = tasksOf(world, service).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  const inUse = new Set([primary, ...left.map(({ deployment }) => deployment)]);
  service.deployments = service.deployments.filter((one) => inUse.has(one));

  const asWanted = left.every((task) => task.deployment === primary && isHealthy(world, task));
  if (!asWanted || left.length !== service.desiredCount || primary.rolloutState === 'FAILED') return;
  if (primary.rolloutState === 'IN_PROGRESS') complete(service, primary);
  if (!service.steady) addEvent(service, 'has reached a steady state.');
  service.steady = true;
}
