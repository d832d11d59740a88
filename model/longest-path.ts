import type { ServiceTarget } from './target';

/**
 * How long releasing to these services may take at most, in milliseconds: stability and health of each, one after the
 * other, and the same again for a rollback at the very end.
 */
export function longestPathMs(targets: readonly ServiceTarget[]): number {
  const oneWay = targets.map(({ service }) => service.stableWithinMs + service.health.withinMs);
  return 2 * oneWay.reduce((sum, ms) => sum + ms, 0);
}

/** Why credentials that end for good at `expiresAt` must not begin this release, or undefined. Times are epoch milliseconds. */
export function whyTooShort(targets: readonly ServiceTarget[], expiresAt: number, now: number): string | undefined {
  const longestMs = longestPathMs(targets);
  if (expiresAt - now >= longestMs) return undefined;
  const environment = targets[0]?.scope.environment ?? '';
  return (
    `The AWS credentials of this worker expire at ${new Date(expiresAt).toISOString()} and do not renew themselves, but ` +
    `releasing to ${environment} and rolling back may take ${minutes(longestMs)} min (stability and health, twice); ` +
    'get longer ones, or let the worker use a role that renews itself.'
  );
}

function minutes(ms: number): number {
  return Math.ceil(ms / 60_000);
}
