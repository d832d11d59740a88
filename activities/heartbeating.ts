import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';

/** Well under the 10 s heartbeat timeout; the worker's throttle (1 s) decides what reaches the server. */
const HEARTBEAT_EVERY_MS = 500;

export interface Progress {
  /** Aborted when the workflow cancels, the attempt times out or the worker shuts down. */
  signal: AbortSignal;
  /** Sets the text that the next heartbeats carry: what a person reads under "pending activities". */
  say(text: string): void;
}

/**
 * Runs `work` while heartbeating, so that a dead worker is noticed and a cancellation arrives.
 *
 * A live heartbeat would hide a hung `work`: each call inside it needs a time limit of its own.
 * Rejects with the signal's reason when `work` does; a worker's shutdown is thus rethrown and the attempt is retried elsewhere.
 */
export async function whileHeartbeating<T>(first: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  let text = first;
  const beat = (): void => heartbeat(text);
  beat();
  const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
  try {
    return await work({
      signal: cancellationSignal(),
      say(next) {
        text = next;
      },
    });
  } finally {
    clearInterval(timer);
  }
}

/** The text of the previous attempt's last heartbeat, when this is a retry. */
export function lastSaid(): string | undefined {
  const details: unknown = activityInfo().heartbeatDetails;
  return typeof details === 'string' ? details : undefined;
}
