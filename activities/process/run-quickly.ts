import { execFile } from 'node:child_process';

export interface QuickOptions {
  /** Program and arguments; never a shell string. */
  argv: readonly string[];
  cwd: string;
  /** Exactly this, nothing inherited. */
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  stdoutLimitBytes: number;
  /** How much of the end of stderr is kept. */
  tailBytes: number;
  signal?: AbortSignal;
}

export interface QuickResult {
  /** The program's own, 127 when it was not found, 137 when it was killed. */
  exitCode: number;
  timedOut: boolean;
  /** The end of stderr. */
  tail: string;
  /** Undefined when there was more than the limit. */
  stdout: Buffer | undefined;
}

/**
 * Runs a program that is ours to trust, starts no others, and ends by itself within moments. It goes without the guard
 * of `runProcess`, which is a Node process of its own and would take longer to start than the program takes to end; the
 * price is that it may outlive us by those moments.
 *
 * A failure is a result, not an error. Killed at `timeoutMs`; rejects with the signal's reason when `signal` aborts.
 */
export function runQuickly(options: QuickOptions): Promise<QuickResult> {
  const { argv, cwd, env, timeoutMs, stdoutLimitBytes, tailBytes, signal } = options;
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, maxBuffer: stdoutLimitBytes, killSignal: 'SIGKILL' as const };
    const how = { cwd, env, encoding: 'buffer' as const, ...limits, ...(signal && { signal }) };
    execFile(program, args, how, (error, stdout, stderr) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const tail = stderr.subarray(-tailBytes).toString();
      const tooMuch = error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
      resolve({
        exitCode: exitCodeOf(error),
        timedOut: error?.killed === true && !tooMuch,
        tail,
        stdout: tooMuch ? undefined : stdout,
      });
    });
  });
}

function exitCodeOf(error: { code?: string | number | null } | null): number {
  if (error === null) return 0;
  if (error.code === 'ENOENT') return 127;
  return typeof error.code === 'number' ? error.code : 137;
}
