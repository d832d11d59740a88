import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { startGuarded } from './guarded';
import type { GuardedChild } from './guarded';
import { collectOutput } from './output';
import type { OutputOptions, OutputSink } from './output';
import { endStragglers, MARKER_VARIABLE } from './stragglers';

const DEFAULT_GRACE_MS = 5_000;
/** What is left in the pipes after the end is read within this, or somebody holds them open that we cannot find. */
const DRAIN_MS = 5_000;

export interface ProcessOptions extends OutputOptions {
  /** Program and arguments; never a shell string. */
  argv: readonly string[];
  cwd: string;
  /** Exactly this, nothing inherited: see {@link childEnvironment}. */
  env: Readonly<Record<string, string>>;
  /** How the guard is run, for example `[process.execPath, '/path/to/bin/guard.mjs']`. */
  guard: readonly string[];
  timeoutMs: number;
  /** Between SIGTERM and the hard kill, in ms. Default 5 s. */
  graceMs?: number;
  signal?: AbortSignal;
  /** Written to the child's stdin, which is empty otherwise. */
  input?: string | Buffer;
  /** Takes stdout, byte for byte, in place of the tail, the lines and the log file. Must not throw. */
  onStdout?: (piece: Buffer) => void;
}

export interface ProcessResult {
  /** The program's own; 128+n after signal n, 127 not found, 126 not executable. */
  exitCode: number;
  timedOut: boolean;
  /** The end of stdout and stderr, interleaved as they came. */
  tail: string;
  outputBytes: number;
  durationMs: number;
}

/**
 * Runs a command under the guard, in a process group of its own, and resolves when its whole process tree is gone:
 * what the program left behind is killed, daemons included. The tree dies with this process as well.
 *
 * A program that fails is a result, not an error. At `timeoutMs` it gets SIGTERM, after the grace a hard kill, and the
 * result says `timedOut`. When `signal` aborts the same happens and the promise rejects with the signal's reason.
 * Rejects also when `cwd` does not exist, the guard cannot be started, or `logFile` cannot be written.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const { argv, cwd, signal } = options;
  signal?.throwIfAborted();
  if (argv.length === 0) throw new Error('runProcess needs a program to run');
  await access(cwd); // spawn would blame the program for a missing folder

  const marker = randomUUID();
  const output = collectOutput(options);
  const startedAt = performance.now();
  let child: GuardedChild | undefined;
  try {
    child = startGuarded({ ...options, env: { ...options.env, [MARKER_VARIABLE]: marker } });
    const { onStdout } = options;
    const stdout = onStdout ? { write: onStdout, end: () => undefined } : output.stream();
    const drained = Promise.all([drain(child.stdout, stdout), drain(child.stderr, output.stream())]);
    const ending = endAtTimeoutOrAbort(child, options);
    const exitCode = await child.exited.finally(ending.settle);
    // Whoever still holds the output open left the group, and would keep it open for ever.
    await endStragglers(marker);
    await Promise.race([drained, setTimeout(DRAIN_MS, undefined, { ref: false })]);
    signal?.throwIfAborted();
    output.throwIfUnwritten();
    return {
      exitCode,
      timedOut: ending.timedOut(),
      tail: output.tail(),
      outputBytes: output.totalBytes(),
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    child?.stdout.destroy();
    child?.stderr.destroy();
    output.close();
  }
}

/** Ends the child when its time is up or the caller no longer wants it: asked first, killed after the grace. */
function endAtTimeoutOrAbort(child: GuardedChild, { timeoutMs, graceMs = DEFAULT_GRACE_MS, signal }: ProcessOptions) {
  let timedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.terminate();
    killTimer ??= globalThis.setTimeout(() => child.kill(), graceMs);
  };
  const timer = globalThis.setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  return {
    timedOut: () => timedOut,
    settle: () => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      signal?.removeEventListener('abort', end);
    },
  };
}

function drain(stream: Readable, sink: OutputSink): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (piece: Buffer) => sink.write(piece));
    stream.once('close', () => {
      sink.end();
      resolve();
    });
  });
}
