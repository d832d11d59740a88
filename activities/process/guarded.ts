import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';

const LIFELINE_FD = 3;
/** How long a guard may take to die after its lifeline was cut, before it is killed itself. */
const GUARD_ENDS_MS = 2_000;

export interface GuardedChild {
  stdout: Readable;
  stderr: Readable;
  /** Resolves with the program's exit code once the guard has ended, and with it the program's process group. */
  exited: Promise<number>;
  /** SIGTERM to the program's process group. */
  terminate(): void;
  /** SIGKILL to the program's process group, by cutting the guard's lifeline. */
  kill(): void;
}

export interface GuardedOptions {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  guard: readonly string[];
  input?: string | Buffer;
}

/**
 * Starts a program under `bin/guard.mjs`. The guard gets a session of its own, so that Ctrl-C in a terminal reaches us
 * alone, and dies when this process does, since we hold its lifeline.
 */
export function startGuarded({ argv, cwd, env, guard, input }: GuardedOptions): GuardedChild {
  const [command, ...prefix] = guard;
  if (command === undefined) throw new Error('the guard command is empty');
  const child = spawn(command, [...prefix, ...argv], {
    cwd,
    env: hideFromGuard(env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const lifeline = child.stdio[LIFELINE_FD] as Writable;
  lifeline.on('error', ignore); // the guard closed its end first
  child.stdin.on('error', ignore); // the program did not want its input
  child.stdin.end(input);

  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      lifeline.destroy();
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => {
      lifeline.destroy();
      const timer = setTimeout(() => child.kill('SIGKILL'), GUARD_ENDS_MS);
      child.once('exit', () => clearTimeout(timer));
    },
  };
}

/** NODE_OPTIONS and the like are meant for the program; the guard is a Node program too, and gives them back. */
function hideFromGuard(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name.startsWith('NODE_') ? `SLUICE_GUARDED_${name}` : name, value]),
  );
}

function ignore(): void {
  // Both ends of these pipes may close first.
}
