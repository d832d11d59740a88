import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnswerJudgement } from '../../model/health';
import type { CommandHealth } from '../../model/plan';
import { childEnvironment } from '../process/environment';
import { runProcess } from '../process/run';

const TAIL_BYTES = 4 * 1024;
/** How much of its output is quoted. */
const QUOTED = 200;

export interface CommandQuestion {
  health: CommandHealth;
  service: string;
  commit: string;
  guard: readonly string[];
  signal: AbortSignal;
}

/** Runs the environment owner's own check once, in an empty folder and with none of the worker's environment. */
export async function askCommand({
  health,
  service,
  commit,
  guard,
  signal,
}: CommandQuestion): Promise<AnswerJudgement> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-health-'));
  try {
    const { exitCode, timedOut, tail } = await runProcess({
      argv: health.command,
      cwd: home,
      env: childEnvironment({ home, tmp: home, extra: { SLUICE_COMMIT: commit, SLUICE_SERVICE: service } }),
      guard,
      timeoutMs: health.timeoutMs,
      signal,
      tailBytes: TAIL_BYTES,
      outputLimitBytes: TAIL_BYTES,
    });
    if (timedOut) return { good: false, seen: `was not done within ${health.timeoutMs} ms` };
    if (exitCode === 0) return { good: true, seen: 'ended with exit code 0' };
    const last = tail.trim().split('\n').at(-1)?.slice(0, QUOTED) ?? '';
    return { good: false, seen: `ended with exit code ${exitCode}${last === '' ? '' : `: ${last}`}` };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
