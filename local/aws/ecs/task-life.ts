import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { integer, object, text } from '../input';
import { watchHealth } from '../tasks/health-check';
import type { Container, Deployment, HealthStatus, StopCode, Task, TaskStatus } from './records';
import { targetsOf } from './task-health';
import { messageOf, pullImages, startContainer, StartFailure } from './task-start';
import { ecsArn } from './world';
import type { World } from './world';

/** AWS's wait between SIGTERM and SIGKILL, unless the container says `stopTimeout`. */
const STOP_TIMEOUT_SECONDS = 30;
/** The same when the whole local AWS closes. */
const CLOSING_STOP_MS = 300;

/** Makes a task and begins its life; the scheduler hears of all that happens to it. */
export function launchTask(world: World, deployment: Deployment): Task {
  const { revision } = deployment;
  const id = randomBytes(16).toString('hex');
  const path = `${revision.service.cluster.name}/${id}`;
  const task: Task = {
    id,
    arn: ecsArn(world, `task/${path}`),
    revision,
    deployment,
    startedBy: deployment.id,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    containers: revision.taskDefinition.containers.map((definition) => ({
      arn: ecsArn(world, `container/${path}/${randomUUID()}`),
      name: text(definition, 'name') ?? '',
      definition,
      lastStatus: 'PENDING',
      healthStatus: 'UNKNOWN',
    })),
    stop: new AbortController(),
    life: Promise.resolve(),
    seenHealthy: false,
    seenStopping: false,
    times: { createdAt: Date.now() },
  };
  world.tasks.set(id, task);
  task.life = live(world, task);
  return task;
}

/** Asks the task to stop, for this cause; the first cause stands. Answers whether this call was the first. */
export function requestStop(task: Task, stopCode: StopCode, reason: string): boolean {
  if (task.desiredStatus === 'STOPPED') return false;
  task.desiredStatus = 'STOPPED';
  task.stopCode = stopCode;
  task.stoppedReason = reason;
  task.times.stoppingAt = Date.now();
  task.stop.abort();
  return true;
}

/** Leads the task from PROVISIONING to STOPPED. Never rejects. */
async function live(world: World, task: Task): Promise<void> {
  const { signal } = task.stop;
  const onChange = () => world.onChange(task.revision.service);
  const enter = (status: TaskStatus) => {
    task.lastStatus = status;
    onChange();
  };
  let probes: Promise<void>[] = [];
  signal.addEventListener('abort', onChange, { once: true });
  try {
    await bringUp(world, task, enter);
    probes = task.containers.map((container) => watchContainer(world, task, container, onChange));
    // A check ends by the stop, which it rejects with; a rejection of another kind is a definition that it cannot read.
    await Promise.all([...probes, signal.aborted ? undefined : once(signal, 'abort')]);
  } catch (error) {
    // An aborted wait is a stop that was asked for; `requestStop` keeps that first cause.
    const reason = error instanceof StartFailure ? error.message : `ResourceInitializationError: ${messageOf(error)}`;
    requestStop(task, 'TaskFailedToStart', reason);
  }
  await takeDown(world, task, enter);
  await Promise.allSettled(probes);
  await world.runtime.release(task.id);
  task.times.stoppedAt = Date.now();
  enter('STOPPED');
}

async function bringUp(world: World, task: Task, enter: (status: TaskStatus) => void): Promise<void> {
  const { signal } = task.stop;
  await sleep(world.timing.taskStepMs, undefined, { signal });
  enter('PENDING');
  task.times.pullStartedAt = Date.now();
  await pullImages(world, task);
  task.times.pullStoppedAt = Date.now();
  signal.throwIfAborted();
  enter('ACTIVATING');
  for (const container of task.containers) {
    await startContainer(world, task, container);
    void noteExit(task, container).then(() => enter(task.lastStatus));
    enter('ACTIVATING');
    signal.throwIfAborted();
  }
  for (const { group, port } of targetsOf(world, task)) group.register(task.id, port);
  await sleep(world.timing.taskStepMs, undefined, { signal });
  task.times.startedAt = Date.now();
  enter('RUNNING');
}

async function noteExit(task: Task, container: Container): Promise<void> {
  Object.assign(container, await container.running?.exited);
  container.lastStatus = 'STOPPED';
  if (container.definition['essential'] === false) return;
  requestStop(task, 'EssentialContainerExited', 'Essential container in task exited');
}

async function watchContainer(world: World, task: Task, container: Container, onChange: () => void): Promise<void> {
  const check = object(container.definition, 'healthCheck');
  if (!check || !container.running) return;
  const report = (status: HealthStatus) => {
    container.healthStatus = status;
    onChange();
  };
  await watchHealth(check, world.timing.healthCheckSecondMs, container.running, report, task.stop.signal);
}

async function takeDown(world: World, task: Task, enter: (status: TaskStatus) => void): Promise<void> {
  if (task.times.startedAt !== undefined) enter('DEACTIVATING');
  const drained = Promise.all(targetsOf(world, task).map(({ group }) => group.deregister(task.id)));
  // Nothing is left to drain where the program is gone.
  if (task.stopCode !== 'EssentialContainerExited' && !world.closing) await drained;
  if (task.containers.some(({ running }) => running)) {
    enter('STOPPING');
    await Promise.all(task.containers.map((container) => stopContainer(world, container)));
    task.times.executionStoppedAt = Date.now();
  }
  for (const container of task.containers) container.lastStatus = 'STOPPED';
  enter('DEPROVISIONING');
  if (!world.closing) await sleep(world.timing.taskStepMs);
}

async function stopContainer(world: World, { running, definition }: Container): Promise<void> {
  if (!running) return;
  const seconds = integer(definition, 'stopTimeout') ?? STOP_TIMEOUT_SECONDS;
  const patience = setTimeout(running.kill, world.closing ? CLOSING_STOP_MS : seconds * world.timing.stopSecondMs);
  running.terminate();
  await running.exited;
  clearTimeout(patience);
}
