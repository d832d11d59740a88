import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isPortFree } from '../../../local/temporal/ports';
import type { ComposeModel, Service } from './model';

/** The ports that the services listen on, as docker-compose.yml and the files beside it write them. */
const PORTS: Record<string, number[]> = {
  postgres: [5432],
  temporal: [7233, 7234, 7235, 7239, 6933, 6934, 6935, 6939],
  'temporal-ui': [8080],
  'demo-aws': [4566, 8080],
};

/** Temporal keeps the ports of its services in a column of 16 bits with sign; so all are taken from below the ephemeral ones. */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;

/** Folders of containers that commands name; whatever else is absolute is of this machine. */
const IN_THE_CONTAINER = /(?<![\w./-])\/(?:etc|opt|var)\/[^\s'"]*/g;

/** Where on this machine the things of docker-compose.yml are. */
export interface Places {
  /** A service's folder, in the place of its container's root. */
  rootOf(name: string): string;
  portOf(name: string, port: number): number;
  /** A text of this service (an argument, a variable, a mounted file) as it is to be said here. */
  here(name: string, text: string): string;
  /** Makes the service's folder: its mounts, volumes and tmpfs. May be repeated: what a container keeps is kept. */
  prepare(name: string): Promise<void>;
}

/**
 * How commands of containers are run outside of them, beside each other on one machine:
 *
 * - each service has a folder in `scratch` in the place of its root; absolute paths below /etc, /opt and /var are taken to be
 *   there, mounted files are copied into it, and a volume is one folder that is linked into each service that has it;
 * - the names of services, and the address 0.0.0.0, become 127.0.0.1;
 * - every port becomes a free one: a service's own wherever it is written, another's where it follows that one's name.
 */
export async function findPlaces(model: ComposeModel, scratch: string): Promise<Places> {
  const wanted = Object.entries(PORTS).flatMap(([name, ports]) => ports.map((port) => ({ name, port })));
  const free = await freePorts(wanted.length);
  const portOf = (name: string, port: number): number => {
    const index = wanted.findIndex((one) => one.name === name && one.port === port);
    if (index < 0) throw new Error(`no service ${name} listens on ${port}`);
    return free[index]!;
  };
  const rootOf = (name: string): string => path.join(scratch, 'roots', name);
  const service = (name: string): Service => model.services[name]!;

  const here = (name: string, text: string): string => {
    let said = text.replaceAll(IN_THE_CONTAINER, (file) => path.join(rootOf(name), file));
    for (const { name: other, port } of wanted) {
      said = said.replaceAll(new RegExp(`\\b${other}:${port}\\b`, 'g'), `127.0.0.1:${portOf(other, port)}`);
    }
    // PostgreSQL is the one service whose name and port are said apart.
    if (said === 'postgres' || said === '0.0.0.0') return '127.0.0.1';
    const own = [networkOf(service(name), name), 'postgres'];
    for (const [other, ports] of Object.entries(PORTS).filter(([other]) => own.includes(other))) {
      for (const port of ports)
        said = said.replaceAll(new RegExp(`(?<![\\w.-])${port}\\b`, 'g'), `${portOf(other, port)}`);
    }
    return said;
  };

  return {
    rootOf,
    portOf,
    here,
    async prepare(name) {
      const root = rootOf(name);
      const { volumes = [], tmpfs = [] } = service(name);
      for (const folder of tmpfs) await makeOpen(path.join(root, folder.split(':', 1)[0]!));
      for (const { type, source, target } of volumes) {
        const place = path.join(root, target);
        await mkdir(path.dirname(place), { recursive: true });
        if (type === 'bind') {
          await cp(source!, place);
          await writeFile(place, here(name, await readFile(source!, 'utf8')));
        } else {
          const volume = path.join(scratch, 'volumes', source!);
          await makeOpen(volume);
          await symlink(volume, place).catch(ifThere);
        }
      }
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  let port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT) * 0.8);
  for (; found.length < count && port < HIGHEST_PORT; port += 1) if (await isPortFree(port)) found.push(port);
  if (found.length < count) throw new Error(`there are no ${count} free ports below ${HIGHEST_PORT}`);
  return found;
}

/** Whose loopback a service has. */
function networkOf({ network_mode = '' }: Service, name: string): string {
  return /^service:(.+)$/.exec(network_mode)?.[1] ?? name;
}

/** Writable by the container's user, whoever that is here. */
async function makeOpen(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
