import { TypedError } from '../../model/failures';
import type { FailureType } from '../../model/failures';

const CREDENTIALS_ERRORS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidIdentityToken',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
]);

const TROUBLE_THAT_MAY_PASS = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'LimitExceededException',
  'NetworkingError',
  'ServerException',
  'TimeoutError',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/**
 * Gives an error of the AWS SDK (or of a connection) its type of model/failures, with one sentence about it.
 *
 * `what` names the action and its subject, for example `ecs:DescribeServices of service api in cluster production`.
 * An error that is typed already is answered as it is. Anything that did not come from outside (a bug of ours, a
 * cancellation) is not ours to name, and is thrown again.
 */
export function asTypedError(error: unknown, what: string): TypedError {
  if (error instanceof TypedError) return error;
  if (!(error instanceof Error)) throw error;
  const said = sentence(error.message);
  switch (typeOf(error)) {
    case 'CredentialsMissing':
      return new TypedError(
        'CredentialsMissing',
        error.name === 'CredentialsProviderError'
          ? `No AWS credentials were found for this worker: ${said}`
          : `AWS did not accept this worker's credentials for ${what}: ${said}`,
        { cause: error },
      );
    case 'AccessDenied':
      return new TypedError('AccessDenied', `AWS does not allow ${what}: ${said}`, { cause: error });
    case 'TargetMissing':
      return new TypedError('TargetMissing', `AWS knows no such thing in ${what}: ${said}`, { cause: error });
    case 'Unavailable':
      return new TypedError('Unavailable', `AWS did not answer ${what}: ${said}`, { cause: error });
    case 'TargetUnsuitable':
      return new TypedError('TargetUnsuitable', `AWS refused ${what}: ${said}`, { cause: error });
    default:
      throw error;
  }
}

function typeOf(error: Error): FailureType | undefined {
  const code = codeOf(error);
  if (CREDENTIALS_ERRORS.has(error.name)) return 'CredentialsMissing';
  if (/^AccessDenied|^UnauthorizedOperation$|^Forbidden$/.test(error.name)) return 'AccessDenied';
  if (/Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test(error.name)) return 'Unavailable';
  if (TROUBLE_THAT_MAY_PASS.has(error.name) || TROUBLE_THAT_MAY_PASS.has(code)) return 'Unavailable';
  const status = statusOf(error);
  if (status === undefined) return undefined;
  if (status >= 500 || status === 429) return 'Unavailable';
  return /NotFound(Exception|Fault)?$/.test(error.name) ? 'TargetMissing' : 'TargetUnsuitable';
}

/** The code of a connection's error; `fetch` hides it in the cause. */
function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : '';
}

/** The HTTP status of an error that the SDK made of an answer. */
function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  // A modelled error without a status is one that came in a 200; the service said no all the same.
  return httpStatusCode ?? 400;
}

/** The first line of a message, closed with a full stop. */
function sentence(message: string): string {
  const line = (message.split('\n')[0] ?? '').trim();
  if (line === '') return 'no reason was given.';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
