import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { CannotStart } from './runtime';

/** Output that a stray grandchild keeps open is given up this long after the program's exit. */
const OUTPUT_AFTER_EXIT_MS = 1_000;
const GUARD_FAILED = 126;
/** Largest event of CloudWatch Logs, about; a longer line is passed on in pieces. */
const LONGEST_LINE = 256 * 1024;

export type GuardedProcess = Awaited<ReturnType<typeof startGuarded>>;

/**
 * Runs a program under the guard (`bin/guard.mjs`), so that its whole process group ends with it, with us, or with `kill`.
 * Resolves once the program runs: the guard then writes its pid to fd 3. Rejects with `CannotStart` when it cannot.
 */
export async function startGuarded(
  guard: readonly string[],
  argv: readonly string[],
  options: { cwd: string; environment: Record<string, string>; onLine: (line: string) => void },
) {
  const [command = '', ...guardArguments] = guard;
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
      const giveUp = setTimeout(() => [stdout, stderr].forEach((stream) => stream.destroy()), OUTPUT_AFTER_EXIT_MS);
      void closed.then(() => {
        clearTimeout(giveUp);
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
      });
    });
  });

  const started = once(lifeline, 'data').then(([line]: Buffer[]) => Number(line?.toString().trim()));
  // `exited` comes after every pipe's end, so a program that ran, however briefly, is seen to have started first.
  const pid = await Promise.race([started.catch(() => undefined), exited.then(() => undefined)]);
  const held = early;
  if (pid === undefined) {
    lifeline.destroy();
    const cause = held.at(-1) ?? 'the guard could not be started';
    throw new CannotStart(`failed to create task for container: exec: ${cause}`);
  }
  early = undefined;
  held.forEach(options.onLine);

  return {
    pid,
    /** The exit code, 128+n after signal n, once all output has been passed on. Never rejects. */
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

/** Passes each line of the stream on, without its end; the last one also when nothing ends it. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) onLine(rest.slice(0, LONGEST_LINE));
  });
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (rest !== '') onLine(rest);
  });
}
