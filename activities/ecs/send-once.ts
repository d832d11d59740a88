import type { __Client as Client, ECSClientResolvedConfig, ServiceOutputTypes } from '@aws-sdk/client-ecs';

type Output = Pick<ServiceOutputTypes, '$metadata'>;
type MiddlewareStack<I extends object, O extends Output> = Client<
  never,
  I,
  O,
  ECSClientResolvedConfig
>['middlewareStack'];

/** An answer that never came, to a write that may have had its effect. */
class AnswerLost extends Error {
  constructor(readonly original: unknown) {
    super('the answer was lost');
  }
}

/**
 * Keeps the SDK from repeating a write that has no idempotency token: RegisterTaskDefinition and UpdateService would do
 * it twice when only the answer was lost. Such a failure reaches the caller, whose next attempt looks first.
 *
 * A throttled or refused call had no effect; the SDK goes on retrying those that it may. Takes a command's own stack.
 */
export function sendOnce<I extends object, O extends Output>(stack: MiddlewareStack<I, O>): void {
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw error instanceof AnswerLost ? error.original : error;
      }
    },
    { step: 'initialize', name: 'sluiceRestoreError' },
  );
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        // Unknown to the SDK's retry, which stands before this in the same step, and therefore final.
        throw mayHaveHadEffect(error) ? new AnswerLost(error) : error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'sluiceSendOnce' },
  );
}

function mayHaveHadEffect(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  return status === undefined || status >= 500;
}
