import { EXIT, OUTCOMES } from '../model/outcome';

/** An error that a person reads: one sentence, and the exit code that goes with it. */
export class ClientError extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ClientError';
  }
}

/** Wrong usage or a wrong file: nothing was started. */
export function usageError(message: string, cause?: unknown): ClientError {
  return new ClientError(EXIT.usage, message, { cause });
}

/** Temporal could not be asked: nothing is known, and the same command can be repeated safely. */
export function unreachableError(message: string, cause?: unknown): ClientError {
  return new ClientError(EXIT.unreachable, message, { cause });
}

/** The release, or the rule of one release per commit, says no. */
export function refusedError(message: string, cause?: unknown): ClientError {
  return new ClientError(OUTCOMES.refused.exitCode, message, { cause });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
