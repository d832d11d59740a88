import type { Environment } from '../connect';
import type { Output } from '../render/output';
import type { Releases } from '../releases';
import { connectReleases } from '../releases';

export type Interrupt = 'SIGINT' | 'SIGTERM';

/** What commands need of the world: given to them, so that tests need no process. */
export interface CliDeps {
  version: string;
  stdout: Output;
  stderr: Output;
  env: Environment;
  cwd: string;
  connect: (env: Environment) => Promise<Releases>;
  /** Hands over every SIGINT and SIGTERM until the returned function is called. */
  onInterrupt: (handler: (signal: Interrupt) => void) => () => void;
  /** Ends the process at once. */
  exitNow: (code: number) => void;
  now: () => number;
  /** Set by the command that ran. */
  exit: { code: number };
}

/** The world as this process sees it. */
export function processDeps(version: string): CliDeps {
  process.stdout.on('error', goOnUnheard);
  process.stderr.on('error', goOnUnheard);
  return {
    version,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    connect: connectReleases,
    onInterrupt: onProcessInterrupt,
    exitNow: (code) => process.exit(code),
    now: Date.now,
    exit: { code: 0 },
  };
}

/** `sluice run | head` must not cut off a release when `head` has seen enough. */
function goOnUnheard(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function onProcessInterrupt(handler: (signal: Interrupt) => void): () => void {
  const signals: readonly Interrupt[] = ['SIGINT', 'SIGTERM'];
  signals.forEach((signal) => process.on(signal, handler));
  return () => signals.forEach((signal) => process.off(signal, handler));
}
