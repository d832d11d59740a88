import { parseDuration } from '../../model/config/units';
import { usageError } from '../errors';

/** A date and a time of day; without an offset it is this machine's local time (ECMAScript's date time string format). */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * When a hold ends by itself, in milliseconds since the epoch; undefined where nothing was given.
 * Throws a ClientError (exit 2) for what is neither a time nor a duration, for both, and for a time that has passed.
 */
export function holdUntil(given: { until?: string; for?: string }, now: number): number | undefined {
  if (given.until !== undefined && given.for !== undefined) throw usageError('Give --until or --for, not both.');
  if (given.for !== undefined) {
    const forMs = parseDuration(given.for);
    if (forMs === undefined) throw usageError(`\`--for ${given.for}\` is no duration: give one such as 30m, 2h or 3d.`);
    return now + forMs;
  }
  if (given.until === undefined) return undefined;
  const until = TIME.test(given.until) ? Date.parse(given.until) : NaN;
  if (Number.isNaN(until)) {
    throw usageError(
      `\`--until ${given.until}\` is no time: give one such as 2026-11-24T08:00Z or 2026-11-24T08:00+01:00.`,
    );
  }
  if (until <= now) throw usageError(`\`--until ${given.until}\` has passed already.`);
  return until;
}
