import { WorkflowNotFoundError } from '@temporalio/common';
import { EXIT, OUTCOMES } from '../../model/outcome';
import { ClientError } from '../errors';
import { GatewayProblem, unavailable } from './problem';

/** A Temporal that restarts is back by then. */
const RETRY_SECONDS = 5;

/**
 * What an error of the client API means to a caller over HTTP. The API's sentences are for operators (they name variables
 * and commands of this machine), so only a release's own refusal goes out as it is.
 */
export function problemOf(error: unknown): GatewayProblem {
  if (error instanceof GatewayProblem) return error;
  if (error instanceof ClientError) {
    if (error.cause instanceof WorkflowNotFoundError) {
      return new GatewayProblem('not-found', 'There is no such release, or it has ended and takes no more messages.', {
        cause: error,
      });
    }
    if (error.exitCode === OUTCOMES.refused.exitCode)
      return new GatewayProblem('conflict', sentence(error.message), { cause: error });
    if (error.exitCode === EXIT.unreachable) {
      return unavailable(
        'Temporal cannot be asked at the moment; the same request can be repeated safely.',
        RETRY_SECONDS,
        error,
      );
    }
  }
  return new GatewayProblem('internal', 'The gateway failed in a way it does not know; its log says where.', {
    cause: error,
  });
}

/** Validators of workflows speak in phrases. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}
