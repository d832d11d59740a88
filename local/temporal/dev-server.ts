import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded } from './guarded';
import type { GuardedProgram } from './guarded';
import { tryLock } from './lock';
import { boundedLog } from './log-file';
import { freePorts, isListening, isPortFree, LOOPBACK } from './ports';
import { applySettings } from './server-settings';
import type { SearchAttributes } from './server-settings';

const START_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const POLL_MS = 25;
const LOG_LIMIT_BYTES = 5_000_000;
const TAIL_CHARS = 600;
const PORT_ATTEMPTS = 5;

export interface TemporalOptions {
  /** A Temporal CLI: see {@link findTemporal}. */
  cliPath: string;
  /** Holds the database (`temporal.db`) and the server's log (`temporal.log`); created if need be. */
  stateDir: string;
  /** How bin/guard.mjs is run. */
  guard: readonly string[];
  searchAttributes: SearchAttributes;
  /** How long closed workflows are kept. */
  retentionDays: number;
  /** Default: `default`. */
  namespace?: string;
  /** Default: any free one. */
  port?: number;
  uiPort?: number;
  /** Key to JSON value, as `--dynamic-config-value` takes them. */
  dynamicConfig?: Readonly<Record<string, string>>;
  /** Keeps everything in memory, without a database file. */
  ephemeral?: boolean;
}

export interface TemporalServer {
  /** `host:port` of the gRPC service. The same after a restart, as is the UI's. */
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  /** The server's own process, for a test that kills it. */
  pid(): number;
  /** Resolves when the present process of the server has ended, whoever ended it. */
  exited(): Promise<void>;
  /** Starts the server again on the same ports and database; one that still runs is stopped first. */
  restart(): Promise<void>;
  /** Asks the server to stop, kills it after 5 s, and resolves when it is gone. May be repeated. */
  stop(): Promise<void>;
}

/**
 * Starts a Temporal dev server with UI on loopback and resolves when it serves: retention set and search attributes
 * registered, on a database that was there before as well. It dies with this process, even one that is killed.
 *
 * Throws one sentence when a port that was asked for is taken, when another process uses the state folder, or when the
 * server does not come up within 30 s (with the end of its output).
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { stateDir, namespace = 'default' } = options;
  await mkdir(stateDir, { recursive: true });
  for (const port of [options.port, options.uiPort]) {
    if (port !== undefined && !(await isPortFree(port))) {
      throw new Error(`port ${port} on ${LOOPBACK} is in use by another program: stop that one or choose another port`);
    }
  }
  const release = await tryLock(path.join(stateDir, 'temporal.lock'));
  if (!release)
    throw new Error(`another Temporal server uses ${stateDir}: stop that one or choose another state folder`);

  try {
    const ports = await choosePorts(options);
    let running = await startOnFreePorts(options, ports);
    let stopped: Promise<void> | undefined;
    return {
      address: `${LOOPBACK}:${ports.grpc}`,
      uiUrl: `http://${LOOPBACK}:${ports.ui}`,
      namespace,
      pid: () => running.pid,
      exited: () => running.program.exited.then(() => undefined),
      async restart() {
        await end(running.program, options);
        running = await startWithSettings(options, ports);
      },
      stop: () => (stopped ??= end(running.program, options).finally(release)),
    };
  } catch (error) {
    await release();
    throw error;
  }
}

interface Ports {
  grpc: number;
  ui: number;
}

interface Running {
  program: GuardedProgram;
  pid: number;
}

async function choosePorts({ port, uiPort }: TemporalOptions): Promise<Ports> {
  const [grpc = 0, ui = 0] = await freePorts(2);
  return { grpc: port ?? grpc, ui: uiPort ?? ui };
}

/** Chooses again, into `ports`, when another program was quicker to take one that nobody insisted on. */
async function startOnFreePorts(options: TemporalOptions, ports: Ports): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startWithSettings(options, ports);
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('address already in use');
      if (!isTaken || attempt === PORT_ATTEMPTS) throw error;
      Object.assign(ports, await choosePorts(options));
    }
  }
}

async function startWithSettings(options: TemporalOptions, ports: Ports): Promise<Running> {
  const first = await startServing(options, ports);
  if (!first.attributesAdded) return first;
  await end(first.program, options);
  return startServing(options, ports);
}

async function startServing(options: TemporalOptions, ports: Ports): Promise<Running & { attributesAdded: boolean }> {
  const { cliPath, stateDir, guard, namespace = 'default' } = options;
  const log = boundedLog(path.join(stateDir, 'temporal.log'), LOG_LIMIT_BYTES);
  let tail = '';
  const program = startGuarded({
    guard,
    argv: [cliPath, ...serverArguments(options, ports)],
    cwd: stateDir,
    // TEMPORAL_* and a config file in the user's home would change what the command line says.
    env: { PATH: process.env['PATH'] ?? '', HOME: stateDir },
    onOutput: (piece) => {
      tail = (tail + piece.toString()).slice(-TAIL_CHARS);
      log(piece);
    },
  });
  const giveUp = new AbortController();
  const limit = AbortSignal.any([AbortSignal.timeout(START_LIMIT_MS), giveUp.signal]);
  const failure = program.exited.then((code) => {
    throw new Error(`the Temporal server (${cliPath}) ended with ${code} before it was up: ${tail.trim()}`);
  });
  const serving = (async () => {
    while (!(await isListening(ports.grpc))) await sleep(POLL_MS, undefined, { signal: limit });
    return applySettings(`${LOOPBACK}:${ports.grpc}`, { ...options, namespace }, limit);
  })();
  try {
    const { attributesAdded } = await Promise.race([serving, failure]);
    return { program, pid: (await program.pid) ?? 0, attributesAdded };
  } catch (error) {
    giveUp.abort();
    await Promise.allSettled([serving, end(program, options)]);
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new Error(`the Temporal server (${cliPath}) was not up after ${START_LIMIT_MS / 1000} s: ${tail.trim()}`);
  }
}

function serverArguments(options: TemporalOptions, ports: Ports): string[] {
  const { stateDir, namespace, searchAttributes, dynamicConfig = {}, ephemeral = false } = options;
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--log-level', 'error'],
    ...['--port', String(ports.grpc), '--ui-port', String(ports.ui)],
    ...(ephemeral ? [] : ['--db-filename', path.join(stateDir, 'temporal.db')]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...pairs('--search-attribute', searchAttributes),
    ...pairs('--dynamic-config-value', dynamicConfig),
  ];
}

async function end(program: GuardedProgram, { ephemeral = false }: TemporalOptions): Promise<void> {
  if (ephemeral)
    program.kill(); // nothing to write down: leaving politely takes more than a second
  else program.terminate();
  const timer = setTimeout(() => program.kill(), STOP_GRACE_MS);
  await program.exited.catch(() => undefined).finally(() => clearTimeout(timer));
}
