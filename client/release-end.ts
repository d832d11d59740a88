import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { ReleaseOutcome } from '../model/outcome';
import { isOutcomeName } from '../model/outcome';
import { abortable, clientError, isOverdue, mayPass } from './calls';
import { messageOf } from './errors';

export { exitCodeOf } from './exit-code';

/** One long poll, then the next: the limit bounds what a dead connection can hide. */
const ROUND_LIMIT_MS = 60_000;
const CHECK_LIMIT_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 10_000;

/** One release, or with `runId` exactly one run of it. */
export interface ReleaseRef {
  workflowId: string;
  runId?: string;
}

/** How a release ended: by its own word, or cut off by an operator. */
export type ReleaseEnd = { terminated: false; outcome: ReleaseOutcome } | { terminated: true; cause: string };

export interface AwaitOptions {
  signal?: AbortSignal;
  /** Once when the connection is lost, once when it is back. */
  onConnection?: (state: 'lost' | 'restored', why: string) => void;
}

/**
 * Waits, for days if need be, until the release ends. Only reads; a lost connection is retried for ever, with a growing
 * pause of at most 10 s, because the release itself goes on.
 *
 * Throws a ClientError when asking again cannot help, and the signal's reason when that aborts.
 */
export async function awaitOutcome(client: Client, ref: ReleaseRef, options: AwaitOptions = {}): Promise<ReleaseEnd> {
  const { signal, onConnection } = options;
  const ask = <T>(limitMs: number, call: () => Promise<T>): Promise<T> =>
    abortable(client, signal, () => client.withDeadline(Date.now() + limitMs, call));
  const handle = client.workflow.getHandle(ref.workflowId, ref.runId);
  let failures = 0;
  for (;;) {
    try {
      if (failures > 0) await ask(CHECK_LIMIT_MS, () => handle.describe());
      if (failures > 1) onConnection?.('restored', 'Temporal answers again.');
      failures = 0;
      const result: unknown = await ask(ROUND_LIMIT_MS, () => handle.result());
      return { terminated: false, outcome: result as ReleaseOutcome };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WorkflowFailedError) return endOfFailure(error.cause ?? error);
      if (!mayPass(error)) throw clientError(error);
      if (failures === 0 && isOverdue(error)) continue;
      failures += 1;
      // One may be a server that restarts; the second is told.
      if (failures === 2) onConnection?.('lost', clientError(error).message);
      const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      await setTimeout(pauseMs, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
    }
  }
}

/**
 * Reads the end out of the failure of a release: its type is the outcome, its first detail the whole of it (design section 2).
 * A failure that is none of ours says nothing about the environments, hence `undetermined`.
 */
export function endOfFailure(cause: unknown): ReleaseEnd {
  if (cause instanceof TerminatedFailure)
    return { terminated: true, cause: `Terminated by an operator: ${cause.message}.` };
  if (cause instanceof CancelledFailure) return { terminated: true, cause: 'Cancelled by an operator.' };
  if (cause instanceof TimeoutFailure)
    return { terminated: true, cause: 'Cut off by a time limit that an operator set.' };
  if (cause instanceof ApplicationFailure && isOutcomeName(cause.type ?? '')) {
    const outcome: unknown = cause.details?.[0];
    if (isReleaseOutcome(outcome)) return { terminated: false, outcome };
  }
  return {
    terminated: false,
    outcome: {
      outcome: 'undetermined',
      cause: `The release failed in a way that it does not know itself: ${messageOf(cause)}.`,
      commit: '',
      environments: [],
    },
  };
}

function isReleaseOutcome(value: unknown): value is ReleaseOutcome {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcome' in value &&
    typeof value.outcome === 'string' &&
    isOutcomeName(value.outcome) &&
    'cause' in value &&
    typeof value.cause === 'string'
  );
}
