import { constants } from 'node:os';
import { writeJson } from '../render/json';
import type { CliDeps, Interrupt } from './deps';

/**
 * Runs `work`, which only looks on, until it ends or the user has seen enough: the first SIGINT or SIGTERM stops the looking,
 * says that the release goes on and how to come back, and gives 130 or 143; the second ends the process at once.
 */
export async function whileWaiting(
  deps: CliDeps,
  { workflowId, json }: { workflowId: string; json: boolean | undefined },
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  let interrupt: Interrupt | undefined;
  const release = deps.onInterrupt((signal) => {
    if (interrupt !== undefined) deps.exitNow(exitCodeFor(interrupt));
    interrupt ??= signal;
    stop.abort();
  });
  try {
    return await work(stop.signal);
  } catch (error) {
    if (interrupt === undefined) throw error;
    if (json) writeJson(deps.stdout, { kind: 'interrupted', workflowId, exitCode: exitCodeFor(interrupt) });
    deps.stderr.write(
      `\nOnly this command was interrupted; ${workflowId} goes on by itself.\n` +
        `  watch it again: sluice watch ${workflowId}\n${howToEnd(workflowId)}`,
    );
    return exitCodeFor(interrupt);
  } finally {
    release();
  }
}

/** A rollback is not aborted, and a rehearsal need not be. */
function howToEnd(workflowId: string): string {
  return /^(rollback|rehearsal):/.test(workflowId) ? '' : `  end it:         sluice abort ${workflowId}\n`;
}

/** As shells count: 128 and the signal's number. */
function exitCodeFor(signal: Interrupt): number {
  return 128 + constants.signals[signal];
}
