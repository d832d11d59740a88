import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import type { FailureType } from '../model/failures';
import { isFailureType } from '../model/failures';
import { withRemedy } from '../model/failure-outcome';

/** What a failed activity says: its type, if it is one of ours, and a sentence. */
export interface StepFailure {
  type: FailureType | undefined;
  message: string;
}

/**
 * Reads an activity's failure. Anything else is a bug of ours and is thrown on, so that the workflow task fails and is
 * retried with mended code instead of ending a release with a lie.
 */
export function readFailure(error: unknown): StepFailure {
  if (error instanceof ApplicationFailure && isFailureType(error.type)) return readTyped(error);
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return readTyped(cause);
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause ?? cause.lastHeartbeatDetails;
    const seen = last instanceof Error ? ` (last: ${last.message})` : '';
    return { type: 'Unavailable', message: withRemedy(`${error.activityType} ran out of time${seen}`, 'Unavailable') };
  }
  return { type: undefined, message: cause?.message ?? error.message };
}

function readTyped(failure: ApplicationFailure): StepFailure {
  const type = isFailureType(failure.type) ? failure.type : undefined;
  return { type, message: withRemedy(failure.message, type) };
}
