import type { Look } from './looks';

const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 2_000;

export interface Waiting {
  /** The version that the caller knows; without one the first look is the answer. */
  since: number | undefined;
  waitMs: number;
  /** Any of them ends the wait, with what is known then. */
  signals: readonly AbortSignal[];
}

/** Looks until something changed, the release has ended, or the time is over; answers the last look in any case. */
export async function waitForChange(look: () => Promise<Look>, { since, waitMs, signals }: Waiting): Promise<Look> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    const seen = await look();
    const leftMs = deadline - performance.now();
    const over = leftMs <= 0 || signals.some(({ aborted }) => aborted);
    if (over || seen.end !== undefined || seen.version !== since) return seen;
    await pause(Math.min(pauseMs, leftMs), signals);
  }
}

/** Not AbortSignal.any: one of these lives as long as the process, and Node 20 keeps what is made of it. */
async function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const timer = setTimeout(end, ms);
  signals.forEach((signal) => signal.addEventListener('abort', end, { once: true }));
  await over;
  clearTimeout(timer);
  signals.forEach((signal) => signal.removeEventListener('abort', end));
}
