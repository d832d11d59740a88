import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { abortable } from './calls';
import { messageOf } from './errors';
import type { ReleaseEnd, ReleaseRef } from './release-end';
import { awaitOutcome } from './release-end';
import type { ReleaseEvent, ReleaseSnapshot } from './release-events';
import { deriveEvents } from './release-events';
import { takeSnapshot } from './snapshot';

/** While things change; then doubling, since each look costs a worker a query. */
const QUICK_LOOK_MS = 250;
const IDLE_LOOK_MS = 2_000;

export interface WatchOptions {
  onEvent: (event: ReleaseEvent) => void;
  signal?: AbortSignal;
}

/**
 * Tells every change of a release, beginning with all that happened already, until it ends; then how it ended.
 *
 * Only reads, so it can be cut off and repeated at any time. It outlives lost connections and absent workers, and says so
 * by a `note`. Throws the signal's reason when that aborts, and a ClientError when there is no such release.
 */
export async function watchRelease(client: Client, ref: ReleaseRef, options: WatchOptions): Promise<ReleaseEnd> {
  const { onEvent, signal } = options;
  const note = (text: string): void => onEvent({ kind: 'note', at: Date.now(), text });
  const ended = new AbortController();
  const outcome = awaitOutcome(client, ref, {
    ...(signal && { signal }),
    onConnection: (state, why) =>
      note(state === 'restored' ? why : `Lost the connection, the release goes on; trying again. ${why}`),
  }).finally(() => ended.abort());
  // Told by the `await` below; until then nobody listens.
  outcome.catch(() => undefined);

  const look = looker(client, ref, { onEvent, note });
  let pauseMs = QUICK_LOOK_MS;
  while (!ended.signal.aborted) {
    const changes = await look(ended.signal);
    pauseMs = changes > 0 ? QUICK_LOOK_MS : Math.min(IDLE_LOOK_MS, pauseMs * 2);
    await setTimeout(pauseMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  const end = await outcome;
  // The last steps happened after the last look.
  await look();
  return end;
}

/** One look at a time: emits what changed since the last and says how much that was. Its own failures are notes, never errors. */
function looker(
  client: Client,
  ref: ReleaseRef,
  { onEvent, note }: { onEvent: WatchOptions['onEvent']; note: (text: string) => void },
): (until?: AbortSignal) => Promise<number> {
  let last: ReleaseSnapshot | undefined;
  let silent = false;
  return async (until) => {
    try {
      const now = await abortable(client, until, () => takeSnapshot(client, ref, last));
      if (silent) note('The release answers again.');
      silent = false;
      const events = deriveEvents(last, now);
      last = now;
      events.forEach(onEvent);
      return events.length;
    } catch (error) {
      if (until?.aborted) return 0;
      if (!silent) note(`No details at the moment: ${messageOf(error)}`);
      silent = true;
      return 0;
    }
  };
}
