/** Somebody did not answer, or not with an answer: nothing is known, and the same may be asked again. */
export class Away extends Error {
  constructor(
    message: string,
    /** Not before; from `Retry-After`. */
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'Away';
  }
}

/** The gateway says no, in a sentence of its own: asking again cannot help. */
export class Refused extends Error {
  constructor(
    /** HTTP status, 400 to 499. */
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

/** The job is set up wrong: one sentence that says what to change. Nothing was asked of the gateway. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
