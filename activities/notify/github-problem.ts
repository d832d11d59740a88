/** GitHub did not do what it was asked. Its message has no token in it: what was sent is never quoted. */
export class GitHubProblem extends Error {
  constructor(
    message: string,
    readonly trouble: {
      /** HTTP status; undefined where no answer came. */
      status?: number;
      /** Milliseconds until it is worth another try; undefined where it never is. */
      retryAfterMs: number | undefined;
    },
  ) {
    super(message);
    this.name = 'GitHubProblem';
  }
}

/** What GitHub asks for where it gives no time. Source: GitHub docs, "Rate limits for the REST API", exceeding the rate limit. */
const LEAST_WAIT_MS = 60_000;
const SOON_MS = 2_000;
/** Nobody waits for a report that long. */
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * How long to wait before the same request may be sent again; undefined where it would be answered the same way.
 *
 * `retry-after` (seconds) first; with nothing remaining, until `x-ratelimit-reset` (epoch seconds); for a limit that
 * says neither, a minute.
 */
export function retryAfter(status: number, headers: Headers, message: string, now: number): number | undefined {
  if (status >= 500) return SOON_MS;
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || /rate limit/i.test(message)));
  if (!isLimit) return undefined;
  const seconds = headers.get('retry-after');
  const reset = headers.get('x-ratelimit-reset');
  const asked =
    seconds !== null
      ? Number(seconds) * 1000
      : headers.get('x-ratelimit-remaining') === '0' && reset !== null
        ? Number(reset) * 1000 - now
        : LEAST_WAIT_MS;
  const wait = Number.isFinite(asked) ? asked : LEAST_WAIT_MS;
  return Math.min(LONGEST_WAIT_MS, Math.max(1_000, wait));
}
