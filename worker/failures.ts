import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { TypedError } from '../model/failures';

/**
 * Turns the typed errors of activities into Temporal's failures, in one place: workflows match the type, and only
 * trouble that may pass by itself is tried again.
 */
export class TypedFailures implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      throw ApplicationFailure.create({
        message: error.message,
        type: error.type,
        nonRetryable: !error.retryable,
      });
    }
  }
}
