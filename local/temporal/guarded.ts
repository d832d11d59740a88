import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

export interface GuardedProgram {
  /** Resolves with the program's own pid (not the guard's), or undefined when it could not be started. */
  pid: Promise<number | undefined>;
  /** Resolves with the exit code when the guard, and with it the program's process group, has ended. */
  exited: Promise<number>;
  terminate(): void;
  /** Kills the process group at once. */
  kill(): void;
}

/**
 * Starts a program under the guard (`guard` is how the guard is run), in a session of its own: Ctrl-C in a terminal does
 * not reach it, but it dies with this process, however this process ends.
 */
export function startGuarded(options: {
  guard: readonly string[];
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  onOutput: (piece: Buffer) => void;
}): GuardedProgram {
  const [command = process.execPath, ...args] = [...options.guard, ...options.argv];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', options.onOutput);
  child.stderr?.on('data', options.onOutput);
  const lifeline = child.stdio[3] as Duplex;
  lifeline.on('error', () => undefined); // the guard closed its end first
  const pid = new Promise<number | undefined>((resolve) => {
    const lines = createInterface({ input: lifeline });
    lines.once('line', (line) => resolve(Number(line)));
    lines.once('close', () => resolve(undefined));
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      lifeline.destroy();
      resolve(code ?? 1);
    });
  });
  return { pid, exited, terminate: () => void child.kill('SIGTERM'), kill: () => void lifeline.destroy() };
}
