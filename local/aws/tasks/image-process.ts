import { existsSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../contract';
import { CannotStart } from './runtime';
import type { ContainerRequest } from './runtime';

/**
 * How an image's program runs as a plain process. A process is not a container: it sees the host's file system, and
 * programs and interpreters that the image lacks are taken from the host (an image that holds only an application's
 * files runs by the host's `node`). Where the image has them, by absolute path or on its PATH, they come from the image.
 */
export interface ImageProcess {
  argv: string[];
  cwd: string;
  environment: Record<string, string>;
}

const HOST_PATH = [
  path.dirname(process.execPath),
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
];
const USUAL_IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Says what to run: Docker's rule for entry point and command, the image's environment under the task definition's. */
export function imageProcess(rootfs: string, request: ContainerRequest): ImageProcess {
  const image = request.imageConfig;
  const environment = { ...imageEnvironment(image), ...request.environment };
  const inImage = (file: string) => path.join(rootfs, path.posix.resolve('/', file));
  const imagePath = (environment['PATH'] ?? USUAL_IMAGE_PATH).split(':').filter((folder) => folder !== '');
  environment['PATH'] = [...imagePath.map(inImage), ...HOST_PATH].join(':');

  const entryPoint = request.entryPoint ?? strings(image['Entrypoint']);
  // An entry point of the task definition's own discards the image's command, as in Docker.
  const command = request.command ?? (request.entryPoint ? [] : strings(image['Cmd']));
  const [program, ...rest] = [...entryPoint, ...command];
  if (program === undefined) throw new CannotStart('no command specified');

  const directory = request.workingDirectory ?? image['WorkingDir'];
  return {
    argv: [programFile(program, inImage), ...rest],
    cwd: inImage(typeof directory === 'string' ? directory : '/'),
    environment,
  };
}

/** An absolute program is the image's, else the host's own file, else the host's program of that name. */
function programFile(program: string, inImage: (file: string) => string): string {
  if (!path.posix.isAbsolute(program)) return program;
  if (existsSync(inImage(program))) return inImage(program);
  if (existsSync(program)) return program;
  const onHost = HOST_PATH.map((folder) => path.join(folder, path.basename(program))).find((file) => existsSync(file));
  return onHost ?? program;
}

function imageEnvironment(image: JsonObject): Record<string, string> {
  return Object.fromEntries(
    strings(image['Env']).map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
