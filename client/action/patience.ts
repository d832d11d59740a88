import { setTimeout } from 'node:timers/promises';
import { Away } from './failures';

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 10_000;

export interface Patience {
  /** How long in a row there may be no answer. */
  patienceMs: number;
  /** Ends a pause at once. */
  signal: AbortSignal;
  /** For people: once when it lasts, once when it is over. */
  note: (text: string) => void;
}

/**
 * Tries again for as long as nobody answers, with growing pauses; then throws the last Away. Other errors are answers, and
 * thrown at once. Throws the signal's reason when that aborts in a pause. `attempt` is told how often in a row it failed.
 */
export async function patiently<T>(
  attempt: (failures: number) => Promise<T>,
  { patienceMs, signal, note }: Patience,
): Promise<T> {
  let failures = 0;
  let since = 0;
  for (;;) {
    try {
      const answer = await attempt(failures);
      // One may be a gateway that restarts; the second was told.
      if (failures > 1) note('The gateway answers again.');
      return answer;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      failures += 1;
      if (failures === 1) since = performance.now();
      const pauseMs = Math.max(error.retryAfterMs, Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)));
      if (performance.now() - since + pauseMs > patienceMs) throw error;
      if (failures === 2) note(`No answer at the moment, trying again: ${error.message}`);
      await setTimeout(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
