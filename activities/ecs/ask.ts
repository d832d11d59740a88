import { cancellationSignal } from '@temporalio/activity';
import { TypedError } from '../../model/failures';
import { asTypedError } from '../aws/errors';

/** What every call to AWS is sent with. */
export interface SendOptions {
  abortSignal: AbortSignal;
}

/**
 * One call to AWS from inside an activity: ends when the activity is cancelled, and fails with a TypedError that names
 * `what`. Time limits and retries are the client's (activities/aws/clients).
 */
export async function ask<T>(what: string, send: (options: SendOptions) => Promise<T>): Promise<T> {
  const abortSignal = cancellationSignal();
  try {
    return await send({ abortSignal });
  } catch (error) {
    abortSignal.throwIfAborted();
    throw asTypedError(error, what);
  }
}

/** Whether AWS answered with one of these modelled errors. */
export function isAwsError(error: unknown, ...names: string[]): boolean {
  return error instanceof TypedError && error.cause instanceof Error && names.includes(error.cause.name);
}
