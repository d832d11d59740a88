import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TypedError } from '../../../model/failures';
import { childEnvironment } from '../../process/environment';
import { lastLines } from '../../process/last-lines';
import { runProcess } from '../../process/run';
import type { ProcessResult } from '../../process/run';
import type { BuildContext } from '../builder';
import type { DockerfileTool } from './tool';

const PROBE_WITHIN_MS = 20_000;
const OUTPUT_LIMIT_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

export interface RunOptions {
  timeoutMs: number;
  extraEnv?: Record<string, string>;
  logFile?: string;
  /** Runs to its end also after a cancellation. */
  always?: boolean;
}

/** Runs one command line of a tool. Rejects when it is cancelled. */
export type Run = (argv: string[], options: RunOptions) => Promise<ProcessResult>;

/** Commands of one build: a scrubbed environment, an empty home, and no login but what a command is given. */
export async function openRun(tool: DockerfileTool, { scratch, guard, signal }: BuildContext): Promise<Run> {
  const [home, tmp, noLogin] = [join(scratch, 'home'), join(scratch, 'tmp'), join(scratch, 'no-login')];
  for (const directory of [home, tmp, noLogin]) await mkdir(directory, { recursive: true });
  const fixed = { ...tool.environment(process.env), DOCKER_CONFIG: noLogin };
  return (argv, { timeoutMs, extraEnv, logFile, always }) =>
    runProcess({
      argv,
      cwd: scratch,
      env: childEnvironment({ home, tmp, extra: { ...fixed, ...extraEnv } }),
      guard,
      timeoutMs,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
      tailBytes: TAIL_BYTES,
      ...(always ? {} : { signal }),
      ...(logFile === undefined ? {} : { logFile }),
    });
}

/** Throws `ToolMissing` unless the tool answers. */
export async function probe(tool: DockerfileTool, run: Run): Promise<void> {
  const { exitCode, timedOut, tail } = await run(tool.probe, { timeoutMs: PROBE_WITHIN_MS });
  if (exitCode === 127) {
    throw new TypedError('ToolMissing', `image.builder is ${tool.program}, which is not on the PATH of this worker.`);
  }
  if (exitCode === 0 && !timedOut) return;
  const why = timedOut ? `no answer within ${PROBE_WITHIN_MS / 1000} s` : lastLines(tail);
  throw new TypedError('ToolMissing', `image.builder is ${tool.program}, which does not work on this worker: ${why}`);
}
