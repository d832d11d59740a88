import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, chmod } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from '../../../activities/process/last-lines';
import { GUARD } from '../../../bin/root';
import type { GuardedProgram } from '../../../local/temporal/guarded';
import { startGuarded } from '../../../local/temporal/guarded';
import type { ComposeModel, Service } from './model';
import { isOneShot } from './model';
import type { Places } from './places';
import { findPlaces } from './places';
import type { Programs } from './programs';
import { asPlainUser, findPrograms, initPostgres, initUi } from './programs';

const HEALTHY_WITHIN_MS = 60_000;
const CHECK_LIMIT_MS = 15_000;
const BETWEEN_CHECKS_MS = 200;
const STOP_GRACE_MS = 30_000;
/** Of a one-shot; the demo's release takes about ten seconds. */
const ENDS_WITHIN_MS = 90_000;

/** How a one-shot ended. */
export interface Ended {
  code: number;
  output: string;
}

interface Running {
  program: GuardedProgram;
  output: () => string;
  ended?: Ended;
}

/** This machine in the place of Docker: runs the services of docker-compose.yml as its file says, outside of containers. */
export interface Machine {
  programs: Programs;
  places: Places;
  /** Starts what the service depends on, in order, and then it; resolves when it is healthy, or has succeeded. */
  up(name: string): Promise<void>;
  /** Runs a one-shot (again), after what it depends on. Rejects with what was said when it does not end. */
  run(name: string): Promise<Ended>;
  /** The service's own health check, once. */
  check(name: string): Promise<Ended>;
  /** Asks a service to stop, as `docker compose stop`; answers its exit code. */
  stop(name: string): Promise<number>;
  output(name: string): string;
  close(): Promise<void>;
}

/** `variables` are set for every service that names them, in the place of its own values. */
export async function openMachine(model: ComposeModel, variables: Readonly<Record<string, string>>): Promise<Machine> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'sluice-compose-'));
  await chmod(scratch, 0o755);
  const programs = await findPrograms(model, scratch);
  const places = await findPlaces(model, scratch);
  const services = new Map<string, Running>();
  const started: Running[] = [];
  const beginnings = new Map<string, Promise<void>>();
  const service = (name: string): Service => model.services[name]!;
  const running = (name: string): Running => services.get(name)!;

  const environmentOf = (name: string): Record<string, string> => {
    const isOurs = service(name).build !== undefined;
    const own = Object.entries(service(name).environment ?? {}).flatMap(([variable, value]) =>
      value === null ? [] : [[variable, variables[variable] ?? places.here(name, value)] as const],
    );
    return {
      PATH: programs.path,
      HOME: places.rootOf(name),
      TMPDIR: path.join(places.rootOf(name), 'tmp'),
      ...(name === 'postgres' && { PGPORT: String(places.portOf('postgres', 5432)) }),
      ...(isOurs && programs.sluice.environment),
      ...Object.fromEntries(own),
    };
  };
  const asItsUser = (name: string, argv: string[]): string[] =>
    service(name).build === undefined ? argv : asPlainUser(argv);

  /** What the container would run: as the file says it, else as its image does. */
  const commandOf = async (name: string): Promise<{ argv: string[]; cwd: string }> => {
    const { image, build, entrypoint, command } = service(name);
    const root = places.rootOf(name);
    if (image.startsWith('postgres:')) {
      const argv = await initPostgres(root, environmentOf(name), places.portOf(name, 5432));
      return { argv, cwd: root };
    }
    if (image.startsWith('temporalio/ui:')) return initUi(root, programs);
    const said = [...(entrypoint ?? programs.sluice.entrypoint), ...(command ?? [])];
    const cwd = build === undefined ? root : path.join(root, programs.sluice.workdir);
    return {
      argv: asItsUser(
        name,
        said.map((argument) => places.here(name, argument)),
      ),
      cwd,
    };
  };

  const start = async (name: string): Promise<Running> => {
    const root = places.rootOf(name);
    await mkdir(root, { recursive: true });
    if (service(name).build !== undefined) {
      const installed = path.join(root, 'opt');
      await rm(installed, { force: true });
      await symlink(path.join(programs.sluice.root, 'opt'), installed);
    }
    await places.prepare(name);
    const { argv, cwd } = await commandOf(name);
    let output = '';
    const onOutput = (piece: Buffer): void => void (output += piece.toString());
    const program = startGuarded({ guard: GUARD, argv, cwd, env: environmentOf(name), onOutput });
    const process: Running = { program, output: () => output };
    void program.exited.then((code) => (process.ended = { code, output }));
    services.set(name, process);
    started.push(process);
    return process;
  };

  const check: Machine['check'] = async (name) => {
    const [kind, ...said] = service(name).healthcheck?.test ?? [];
    if (kind !== 'CMD') throw new Error(`${name} has no health check that is a command`);
    const argv = asItsUser(
      name,
      said.map((argument) => places.here(name, argument)),
    );
    return runToEnd(argv, places.rootOf(name), environmentOf(name));
  };

  const awaitHealth = async (name: string, { output }: Running): Promise<void> => {
    const giveUp = Date.now() + HEALTHY_WITHIN_MS;
    for (;;) {
      const { ended } = running(name);
      if (ended) throw new Error(`${name} ended with ${ended.code} before it was healthy:\n${lastLines(ended.output)}`);
      const answer = await check(name);
      if (answer.code === 0) return;
      if (Date.now() > giveUp) {
        throw new Error(`${name} never became healthy: ${answer.output}\n${lastLines(output())}`);
      }
      await sleep(BETWEEN_CHECKS_MS);
    }
  };

  const awaitEnd = async (name: string, { program, output }: Running): Promise<Ended> => {
    const tooLong = AbortSignal.timeout(ENDS_WITHIN_MS);
    tooLong.addEventListener('abort', () => program.kill());
    const code = await program.exited;
    if (!tooLong.aborted) return { code, output: output() };
    const said = [...services].map(([other, { output: words }]) => `${other}: ${lastLines(words())}`);
    throw new Error(`${name} did not end within ${ENDS_WITHIN_MS / 1000} s:\n${said.join('\n')}`);
  };

  const begin = async (name: string): Promise<void> => {
    await Promise.all(Object.keys(service(name).depends_on ?? {}).map((on) => machine.up(on)));
    const process = await start(name);
    if (!isOneShot(service(name))) return awaitHealth(name, process);
    const { code, output } = await awaitEnd(name, process);
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${lastLines(output)}`);
  };

  const machine: Machine = {
    programs,
    places,
    up(name) {
      const begun = beginnings.get(name) ?? begin(name);
      beginnings.set(name, begun);
      return begun;
    },
    async run(name) {
      await Promise.all(Object.keys(service(name).depends_on ?? {}).map((on) => machine.up(on)));
      return awaitEnd(name, await start(name));
    },
    check,
    stop(name) {
      beginnings.delete(name);
      return end(running(name));
    },
    output: (name) => running(name).output(),
    async close() {
      // Those that were started last depend on those before.
      for (const process of started.reverse()) await end(process);
      await rm(scratch, { recursive: true, force: true });
    },
  };
  return machine;
}

/** Answers the exit code; one that has ended is no error. */
async function end({ program }: Running): Promise<number> {
  program.terminate();
  const timer = setTimeout(() => program.kill(), STOP_GRACE_MS);
  return program.exited.finally(() => clearTimeout(timer));
}

/** A command that ends by itself, in a process of its own. */
export async function runToEnd(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd, env, timeout: CHECK_LIMIT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [code, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, output: stdout + stderr };
}
