import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/common';
import { ClientError, messageOf, refusedError, unreachableError, usageError } from './errors';

/** For one call, its repetitions included. Queries and updates also wait that long for a worker. */
export const CALL_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 2_000;

/** gRPC's own numbers (https://grpc.io/docs/guides/status-codes/); the SDK's gRPC library is not a dependency of ours. */
const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What the SDK's own retries take for passing (its `grpc-retry.ts`), and a connection that broke in the middle. */
const PASSING: readonly number[] = [
  GRPC.unknown,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.internal,
  GRPC.unavailable,
];

/**
 * Runs `call`, and runs it again after trouble that may pass, until `limitMs` is over; every error it throws becomes a
 * {@link ClientError} of one sentence. So `call` must be one that can be repeated: a read, or a write under an id of its own.
 */
export async function bounded<T>(client: Client, call: () => Promise<T>, limitMs = CALL_LIMIT_MS): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await client.withDeadline(deadline, call);
    } catch (error) {
      if (!PASSING.includes(grpcCode(error) ?? -1) || Date.now() + pauseMs >= deadline) throw clientError(error);
      await setTimeout(pauseMs);
    }
  }
}

/**
 * Runs one round of `call` that ends when `signal` aborts. The SDK adds a listener for each request and never removes it,
 * so every round gets a signal of its own.
 */
export async function abortable<T>(
  client: Client,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return call();
  signal.throwIfAborted();
  const round = new AbortController();
  const abort = (): void => round.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await client.withAbortSignal(round.signal, call);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What an error of the Temporal client means to a person; a {@link ClientError} stays what it is. */
export function clientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof WorkflowNotFoundError) {
    const command = error.workflowId.startsWith('environment:') ? 'environments' : 'list';
    return usageError(
      `Temporal knows no open workflow \`${error.workflowId}\`; \`sluice ${command}\` shows what there is.`,
      error,
    );
  }
  if (error instanceof NamespaceNotFoundError) {
    return usageError(`Temporal has no namespace \`${error.namespace}\`; set TEMPORAL_NAMESPACE.`, error);
  }
  if (error instanceof QueryNotRegisteredError) {
    return usageError('That workflow is not one of Sluice, or of another version: it does not answer.', error);
  }
  // The validator's or handler's own sentence, meant for whoever sent the update.
  if (error instanceof WorkflowUpdateFailedError) return refusedError(messageOf(error.cause ?? error), error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return noAnswer(error);
  switch (grpcCode(error)) {
    case GRPC.cancelled:
    case GRPC.deadlineExceeded:
      return noAnswer(error);
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return unreachableError(
        `Temporal refused the credentials: ${grpcDetails(error)}; check TEMPORAL_API_KEY or TEMPORAL_TLS_*.`,
        error,
      );
    case GRPC.invalidArgument:
      return usageError(`Temporal refused the request: ${grpcDetails(error)}.`, error);
    default:
      return unreachableError(
        `Temporal could not be asked: ${grpcDetails(error)}; the same command can be repeated safely.`,
        error,
      );
  }
}

/** Whether asking again later may help, as far as the error tells. */
export function mayPass(error: unknown): boolean {
  return isOverdue(error) || PASSING.includes(grpcCode(error) ?? -1);
}

/**
 * The time limit of a call passed; the server may be well. It counts the same limit, and where it is quicker than we are
 * it cancels the call: as long as no signal of ours has aborted, that is the limit too.
 */
export function isOverdue(error: unknown): boolean {
  const code = grpcCode(error);
  return code === GRPC.deadlineExceeded || code === GRPC.cancelled;
}

/** The server answered, and wants to know better who asks. */
export function isCredentialTrouble(error: unknown): boolean {
  const code = grpcCode(error);
  return code === GRPC.permissionDenied || code === GRPC.unauthenticated;
}

function noAnswer(error: unknown): ClientError {
  return unreachableError(
    'No answer in time: is a worker running (`sluice worker`)? The same command can be repeated safely.',
    error,
  );
}

function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError ? grpcCode(error.cause) : undefined;
}

function grpcDetails(error: unknown): string {
  const inner = error instanceof ServiceError ? (error.cause ?? error) : error;
  return (isGrpcServiceError(inner) ? inner.details : messageOf(inner)).replace(/\.$/, '');
}
