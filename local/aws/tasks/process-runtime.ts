import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { ImageSource } from '../contract';
import { text, texts } from '../input';
import { listen } from '../listen';
import { startGuarded } from './guarded-process';
import type { GuardedProcess } from './guarded-process';
import { CannotStart } from './runtime';
import type { ContainerRequest, TaskRuntime } from './runtime';

/**
 * Runs containers as processes on 127.0.0.1. The program learns from `PORT` and `HOST` where to listen. Nothing of our own
 * environment reaches it. Home and temporary folders of tasks are made in `stateDir`, and removed after them.
 */
export function createProcessRuntime(options: {
  images: ImageSource;
  guard: readonly string[];
  stateDir: string;
}): TaskRuntime {
  const { images, guard } = options;
  const scratch = (taskId: string) => path.join(options.stateDir, 'tasks', taskId);
  return {
    pull: async (image) => {
      await images.unpack(image);
    },
    async start(request) {
      const rootfs = await images.unpack(request.image);
      const { argv, cwd, environment } = imageProcess(rootfs, request);
      const bind = async (containerPort: number) => ({ containerPort, hostPort: await freePort() });
      const bindings = await Promise.all(request.containerPorts.map(bind));
      // Without a port mapping nobody asks for the port, but a program that listens all the same must not take another's.
      const port = bindings[0]?.hostPort ?? (await freePort());
      const HOME = path.join(scratch(request.taskId), 'home');
      const TMPDIR = path.join(scratch(request.taskId), 'tmp');
      await Promise.all([cwd, HOME, TMPDIR].map((folder) => mkdir(folder, { recursive: true })));
      Object.assign(environment, { PORT: String(port), HOST: '127.0.0.1', HOME, TMPDIR });

      const main = await startGuarded(guard, argv, { cwd, environment, onLine: request.onLine });
      let probing: GuardedProcess | undefined;
      void main.exited.then(() => probing?.kill());
      return {
        ...main,
        exited: main.exited.then((exitCode) => ({ exitCode })),
        bindings,
        async probe(command, timeoutMs) {
          const quiet = { cwd, environment, onLine: () => undefined };
          probing = await startGuarded(guard, command, quiet).catch(() => undefined);
          if (!probing) return false;
          const tooLong = setTimeout(probing.kill, timeoutMs);
          const exitCode = await probing.exited;
          clearTimeout(tooLong);
          return exitCode === 0;
        },
      };
    },
    release: (taskId) => rm(scratch(taskId), { recursive: true, force: true }),
    close: () => Promise.resolve(),
  };
}

/** Ports handed out lately: the kernel may offer one again before the task that it was meant for listens on it. */
const recent: number[] = [];
const RECENT_PORTS = 200;

export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await listen(server, 0, 'A task');
    server.close();
    await once(server, 'close');
    if (recent.includes(port)) continue;
    recent.push(port);
    if (recent.length > RECENT_PORTS) recent.shift();
    return port;
  }
}

const NODE = path.dirname(process.execPath);
const HOST_PATH = [NODE, '/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];
const USUAL_IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * How an image's program runs as a plain process, by Docker's rules for entry point, command and environment. A process is
 * not a container: it sees the host's file system, and programs and interpreters that the image lacks are taken from the
 * host (an image that holds only an application's files runs by the host's `node`).
 */
export function imageProcess(rootfs: string, request: ContainerRequest) {
  const { imageConfig: image, definition } = request;
  const environment: Record<string, string> = {};
  for (const entry of texts(image, 'Env') ?? []) {
    const [name = '', ...value] = entry.split('=');
    environment[name] = value.join('=');
  }
  Object.assign(environment, request.environment);
  const inImage = (file: string) => path.join(rootfs, path.posix.resolve('/', file));
  const imagePath = (environment['PATH'] ?? USUAL_IMAGE_PATH).split(':').filter((folder) => folder !== '');
  environment['PATH'] = [...imagePath.map(inImage), ...HOST_PATH].join(':');

  const entryPoint = texts(definition, 'entryPoint') ?? texts(image, 'Entrypoint') ?? [];
  // An entry point of the task definition's own discards the image's command, as in Docker.
  const command = texts(definition, 'command') ?? (definition['entryPoint'] ? [] : (texts(image, 'Cmd') ?? []));
  const [program, ...rest] = [...entryPoint, ...command];
  if (program === undefined) throw new CannotStart('no command specified');
  const cwd = inImage(text(definition, 'workingDirectory') ?? text(image, 'WorkingDir') ?? '/');
  return { argv: [programFile(program, inImage), ...rest], cwd, environment };
}

/** An absolute program is the image's, else the host's own file, else the host's program of that name. */
function programFile(program: string, inImage: (file: string) => string): string {
  if (!path.posix.isAbsolute(program)) return program;
  const onHost = HOST_PATH.map((folder) => path.join(folder, path.basename(program)));
  return [inImage(program), program, ...onHost].find((file) => existsSync(file)) ?? program;
}
