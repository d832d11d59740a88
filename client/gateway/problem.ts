import { oneLine } from '../render/sentences';

/** Every way in which the gateway says no: the code is for programs and never changes, the sentence is for people. */
export const PROBLEMS = {
  'bad-request': 400,
  unauthorized: 401,
  refused: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  timeout: 408,
  conflict: 409,
  'too-large': 413,
  'unsupported-type': 415,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

interface ProblemOptions extends ErrorOptions {
  /** For `too-many` and `unavailable`: when the same request may be sent again. */
  retryAfterSeconds?: number;
  /** For `method-not-allowed`: what would be. */
  allow?: string;
}

/** An answer that is not the one that was asked for: one sentence, without anything of ours in it. The `cause` goes to the log only. */
export class GatewayProblem extends Error {
  readonly status: (typeof PROBLEMS)[ProblemCode];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    message: string,
    { retryAfterSeconds, allow, ...options }: ProblemOptions = {},
  ) {
    // It quotes what was sent, and goes into logs.
    super(oneLine(message), options);
    this.name = 'GatewayProblem';
    this.status = PROBLEMS[code];
    this.headers = {
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...(allow !== undefined && { allow }),
      ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
      // What is left of the body is not read.
      ...((code === 'timeout' || code === 'too-large') && { connection: 'close' }),
    };
  }
}

export function unauthorized(message: string, cause?: unknown): GatewayProblem {
  return new GatewayProblem('unauthorized', message, { cause });
}

export function badRequest(message: string): GatewayProblem {
  return new GatewayProblem('bad-request', message);
}

/** Trouble of ours or of what we depend on: nothing was decided, and the same request, token included, is good again. */
export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): GatewayProblem {
  return new GatewayProblem('unavailable', message, { retryAfterSeconds, cause });
}
