import { activityInfo, sleep } from '@temporalio/activity';
import { TypedError } from '../../model/failures';

/** How long to wait before the next look, in ms, after this many looks at which nothing had changed. */
export type Pace = (unchangedLooks: number) => number;

const FIRST_MS = 500;
const SLOWEST_MS = 10_000;
const GROWTH = 1.4;
const JITTER = 0.25;

/** About half a second just after a change, slower while nothing happens, with jitter: AWS's rate limits are shared by all. */
export const defaultPace: Pace = (unchangedLooks) => {
  const plain = Math.min(SLOWEST_MS, FIRST_MS * GROWTH ** unchangedLooks);
  return plain * (1 + JITTER * (2 * Math.random() - 1));
};

/** How long AWS may fail to answer before a wait gives up: until then trouble is only said, not thrown. */
export const UNAVAILABLE_AFTER_MS = 5 * 60_000;

/** Epoch milliseconds, counted from the activity's first scheduling, so that a retry does not begin the time anew. */
export function deadlineOf(withinMs: number): number {
  return activityInfo().scheduledTimestampMs + withinMs;
}

export interface Watch<T> {
  /** One look; may throw. Answers the end when it has come, and a text that changes when something has happened. */
  look: () => Promise<{ end: T | null; progress: string }>;
  /** Told after each look, and of trouble. */
  say: (text: string) => void;
  /** Epoch milliseconds; at least one look is taken all the same. */
  deadline: number;
  /** What it ends with when the time is over, from what was seen last. */
  late: (progress: string) => T;
  pace: Pace;
  unavailableAfterMs: number;
}

/**
 * Looks again and again until there is an end, or the time is over.
 *
 * Throttling, 5xx and a dead network are outlived; only when no look succeeded for `unavailableAfterMs` does the last
 * error (`Unavailable`) come out, and nothing is claimed; for good, once the time is over. Any other error comes out
 * at once. Every pause ends when the activity is cancelled.
 */
export async function watch<T>({ look, say, deadline, late, pace, unavailableAfterMs }: Watch<T>): Promise<T> {
  let unchanged = 0;
  let progress: string | null = null;
  let answeredAt = Date.now();
  for (;;) {
    try {
      const seen = await look();
      if (seen.end !== null) return seen.end;
      unchanged = seen.progress === progress ? unchanged + 1 : 0;
      progress = seen.progress;
      answeredAt = Date.now();
      say(progress);
      if (answeredAt >= deadline) return late(progress);
    } catch (error) {
      if (!(error instanceof TypedError && error.type === 'Unavailable')) throw error;
      if (Date.now() - answeredAt >= unavailableAfterMs) {
        // Past the deadline for good: attempt after attempt, nobody would ever hear that nothing is known.
        throw Date.now() >= deadline ? new TypedError(error.type, error.message, { cause: error, final: true }) : error;
      }
      unchanged += 1;
      say(`${progress ?? 'nothing seen yet'} (${error.message})`);
    }
    const left = deadline - Date.now();
    const pause = pace(unchanged);
    await sleep(left > 0 ? Math.min(pause, left) : pause);
  }
}
