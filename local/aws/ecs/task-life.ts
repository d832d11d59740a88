import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, ResolvedImage } from '../contract';
import { readHealthCheck, watchHealth } from '../tasks/health-check';
import { CannotStart } from '../tasks/runtime';
import { containerRequest } from './container-request';
import { integer, object, objects, text } from './input';
import { pinnedReference } from './image-reference';
import type { Container, Task, TaskStatus } from './records';
import { requestStop } from './task-stop';
import { deregisterTargets, registerTargets } from './targets';
import type { World } from './world';

/** AWS's wait between SIGTERM and SIGKILL, unless the container says `stopTimeout`. */
const STOP_TIMEOUT_SECONDS = 30;
/** The same when the whole local AWS closes. */
const CLOSING_STOP_MS = 300;

/** A start that failed for a cause of AWS's table; the message is the task's `stoppedReason`. */
class StartFailure extends Error {}

/** Leads the task from PROVISIONING to STOPPED. Never rejects. `onChange` is called whenever anything about it has changed. */
export async function liveTask(world: World, task: Task, onChange: () => void): Promise<void> {
  const enter = (status: TaskStatus) => {
    task.lastStatus = status;
    task.version += 1;
    onChange();
  };
  const probes: Promise<void>[] = [];
  task.stop.signal.addEventListener('abort', onChange, { once: true });
  try {
    await bringUp(world, task, enter);
    for (const container of task.containers) probes.push(watchContainerHealth(world, task, container, onChange));
    await aborted(task.stop.signal);
  } catch (error) {
    // An aborted wait is a stop that was asked for; `requestStop` keeps that first cause.
    const reason = error instanceof StartFailure ? error.message : `ResourceInitializationError: ${messageOf(error)}`;
    requestStop(task, 'TaskFailedToStart', reason);
  }
  await takeDown(world, task, enter);
  await Promise.all(probes);
  await world.runtime.release(task.id);
  task.times.stoppedAt = Date.now();
  enter('STOPPED');
}

async function bringUp(world: World, task: Task, enter: (status: TaskStatus) => void): Promise<void> {
  const { signal } = task.stop;
  await sleep(world.timing.taskStepMs, undefined, { signal });
  enter('PENDING');
  const images = await pullImages(world, task);
  signal.throwIfAborted();
  enter('ACTIVATING');
  for (const container of task.containers) {
    await startContainer(world, task, container, images, () => enter(task.lastStatus));
    signal.throwIfAborted();
  }
  registerTargets(world, task);
  await sleep(world.timing.taskStepMs, undefined, { signal });
  task.times.startedAt = Date.now();
  enter('RUNNING');
}

/** Resolves every image to a digest (a service's revision does so once, for all its tasks) and makes it ready to run. */
async function pullImages(world: World, task: Task): Promise<Map<string, ResolvedImage>> {
  task.times.pullStartedAt = Date.now();
  const images = task.deployment?.revision.images ?? new Map<string, ResolvedImage>();
  for (const container of task.containers) {
    const [secret] = objects(container.definition, 'secrets') ?? [];
    if (secret) throw new StartFailure(unreadableSecret(secret));
    const reference = text(container.definition, 'image') ?? '';
    const image = images.get(container.name) ?? (await world.images.resolve(reference));
    if (!image) {
      throw new StartFailure(
        `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: not found`,
      );
    }
    images.set(container.name, image);
    container.imageDigest = image.digest;
    await world.runtime.pull(pinnedReference(reference, image.digest)).catch((error: unknown) => {
      throw new StartFailure(`CannotPullContainerError: ${messageOf(error)}`);
    });
  }
  task.times.pullStoppedAt = Date.now();
  return images;
}

function unreadableSecret(secret: JsonObject): string {
  return (
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ' +
    `unable to retrieve secret ${text(secret, 'valueFrom') ?? ''}: this local AWS keeps no secrets`
  );
}

async function startContainer(
  world: World,
  task: Task,
  container: Container,
  images: Map<string, ResolvedImage>,
  onChange: () => void,
): Promise<void> {
  const request = containerRequest(world, task, container, images);
  const running = await world.runtime.start(request).catch((error: unknown) => {
    if (!(error instanceof CannotStart)) throw error;
    container.reason = `CannotStartContainerError: ${error.message}`;
    throw new StartFailure(container.reason);
  });
  container.running = running;
  container.bindings = running.bindings;
  container.lastStatus = 'RUNNING';
  onChange();
  void running.exited.then((exitCode) => {
    container.exitCode = exitCode;
    container.lastStatus = 'STOPPED';
    if (container.definition['essential'] !== false) {
      requestStop(task, 'EssentialContainerExited', 'Essential container in task exited');
    }
    onChange();
  });
}

async function watchContainerHealth(
  world: World,
  task: Task,
  container: Container,
  onChange: () => void,
): Promise<void> {
  const check = readHealthCheck(object(container.definition, 'healthCheck'), world.timing.healthCheckSecondMs);
  if (!check || !container.running) return;
  const report = (status: 'HEALTHY' | 'UNHEALTHY') => {
    container.healthStatus = status;
    onChange();
  };
  await watchHealth(check, container.running, report, task.stop.signal);
}

async function takeDown(world: World, task: Task, enter: (status: TaskStatus) => void): Promise<void> {
  if (task.times.startedAt !== undefined) enter('DEACTIVATING');
  const drained = deregisterTargets(world, task);
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

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
