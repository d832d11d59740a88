import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { readLines } from './lines';
import { CannotStart } from './runtime';

/** Output that a stray grandchild keeps open is given up this long after the program's exit. */
const OUTPUT_AFTER_EXIT_MS = 1_000;
const GUARD_FAILED = 126;

export interface GuardedProcess {
  pid: number;
  exited: Promise<number>;
  terminate: () => void;
  kill: () => void;
}

/**
 * Runs a program under the guard (`bin/guard.mjs`), so that its whole process group ends with it, with us, or with `kill`.
 * Resolves once the program runs: the guard then writes its pid to fd 3. Rejects with `CannotStart` when it cannot.
 */
export async function startGuarded(
  guard: readonly string[],
  argv: readonly string[],
  options: { cwd: string; environment: Record<string, string>; onLine: (line: string) => void },
): Promise<GuardedProcess> {
  const [command, ...guardArguments] = guard;
  if (command === undefined) throw new Error('The guard command is empty.');
  const child = spawn(command, [...guardArguments, ...argv], {
    cwd: options.cwd,
    env: hiddenFromGuard(options.environment),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, stdout, stderr, lifeline] = child.stdio as unknown as [null, Readable, Readable, Readable];
  lifeline.on('error', () => undefined);

  let early: string[] | undefined = [];
  const onLine = (line: string) => (early ? early.push(line) : options.onLine(line));
  readLines(stdout, onLine);
  readLines(stderr, onLine);

  const closed = once(child, 'close').catch(() => undefined);
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(GUARD_FAILED));
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      const giveUp = setTimeout(() => {
        stdout.destroy();
        stderr.destroy();
      }, OUTPUT_AFTER_EXIT_MS);
      void closed.then(() => {
        clearTimeout(giveUp);
        resolve(exitCode);
      });
    });
  });

  const started = once(lifeline, 'data').then(([line]: Buffer[]) => Number(line?.toString().trim()));
  // `exited` comes after every pipe's end, so a program that ran, however briefly, is seen to have started first.
  const pid = await Promise.race([started.catch(() => undefined), exited.then(() => undefined)]);
  if (pid === undefined) {
    lifeline.destroy();
    throw new CannotStart(
      `failed to create task for container: exec: ${early.at(-1) ?? 'the guard could not be started'}`,
    );
  }
  const held = early;
  early = undefined;
  held.forEach(options.onLine);

  return {
    pid,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void lifeline.destroy(),
  };
}

/** Variables such as NODE_OPTIONS or LD_PRELOAD are meant for the program, not for the guard's Node; PATH serves both. */
function hiddenFromGuard(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name === 'PATH' ? name : `SLUICE_GUARDED_${name}`, value]),
  );
}
