import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ImageSource } from '../contract';
import { freePort } from './free-port';
import { startGuarded } from './guarded-process';
import type { GuardedProcess } from './guarded-process';
import { imageProcess } from './image-process';
import type { ImageProcess } from './image-process';
import type { ContainerRequest, NetworkBinding, RunningContainer, TaskRuntime } from './runtime';

/**
 * Runs containers as processes on 127.0.0.1. The program learns from `PORT` and `HOST` where to listen; each further
 * container port has its own host port, in the bindings. Nothing of our own environment reaches it.
 */
export function createProcessRuntime(options: {
  images: ImageSource;
  guard: readonly string[];
  /** Home and temporary folders of tasks are made in here, and removed after them. */
  stateDir: string;
}): TaskRuntime {
  const scratch = (taskId: string) => path.join(options.stateDir, 'tasks', taskId);
  return {
    pull: async (image) => {
      await options.images.unpack(image);
    },
    start: async (request) => {
      const rootfs = await options.images.unpack(request.image);
      const bindings = await allocate(request.containerPorts);
      // Without a port mapping nobody asks for the port, but a program that listens all the same must not take another's.
      const port = bindings[0]?.hostPort ?? (await freePort());
      const run = imageProcess(rootfs, request);
      Object.assign(run.environment, { PORT: String(port), HOST: '127.0.0.1' }, await homeIn(scratch(request.taskId)));
      await mkdir(run.cwd, { recursive: true });
      return startContainer(options.guard, run, bindings, request);
    },
    release: (taskId) => rm(scratch(taskId), { recursive: true, force: true }),
  };
}

async function startContainer(
  guard: readonly string[],
  run: ImageProcess,
  bindings: NetworkBinding[],
  request: ContainerRequest,
): Promise<RunningContainer> {
  const { cwd, environment } = run;
  const main = await startGuarded(guard, run.argv, { cwd, environment, onLine: request.onLine });
  let probing: GuardedProcess | undefined;
  void main.exited.then(() => probing?.kill());
  return {
    runtimeId: `${request.taskId}-${main.pid}`,
    bindings,
    exited: main.exited,
    terminate: main.terminate,
    kill: main.kill,
    probe: async (command, timeoutMs) => {
      const probe = await startGuarded(guard, command, { cwd, environment, onLine: () => undefined }).catch(
        () => undefined,
      );
      if (!probe) return false;
      probing = probe;
      const tooLong = setTimeout(probe.kill, timeoutMs);
      const exitCode = await probe.exited;
      clearTimeout(tooLong);
      return exitCode === 0;
    },
  };
}

async function allocate(containerPorts: number[]): Promise<NetworkBinding[]> {
  return Promise.all(containerPorts.map(async (containerPort) => ({ containerPort, hostPort: await freePort() })));
}

async function homeIn(folder: string): Promise<Record<string, string>> {
  const home = path.join(folder, 'home');
  const temporary = path.join(folder, 'tmp');
  await Promise.all([mkdir(home, { recursive: true }), mkdir(temporary, { recursive: true })]);
  return { HOME: home, TMPDIR: temporary };
}
