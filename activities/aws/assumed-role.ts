import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { STSClient } from '@aws-sdk/client-sts';
import { TypedError } from '../../model/failures';
import { asTypedError } from './errors';
import type { AssumedIdentity } from './identity';

/** All that a chained session may last; it is renewed while it is needed. Source: IAM user guide, "role chaining". */
const SESSION_SECONDS = 3600;
/** As early as the SDK itself renews what it keeps. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Less than what the look-up of credentials as a whole is given. */
const ANSWER_WITHIN_MS = 15_000;

export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

export type SessionProvider = (options?: { forceRefresh?: boolean }) => Promise<SessionCredentials>;

/**
 * Credentials of a role, for any number of clients: asked for when they are first needed, and again shortly before they
 * end or when one of them was told that they have. A failure is not kept. Rejects with a TypedError.
 */
export function assumedRole(sts: STSClient, identity: AssumedIdentity, now = Date.now): SessionProvider {
  let known: SessionCredentials | undefined;
  let asking: Promise<SessionCredentials> | undefined;
  const renew = (): Promise<SessionCredentials> =>
    (asking ??= assume(sts, identity)
      .then((credentials) => (known = credentials))
      .finally(() => (asking = undefined)));
  return async ({ forceRefresh = false } = {}) => {
    const good = known !== undefined && known.expiration.getTime() - now() > RENEW_BEFORE_MS;
    return good && !forceRefresh && known !== undefined ? known : renew();
  };
}

async function assume(sts: STSClient, { role, session }: AssumedIdentity): Promise<SessionCredentials> {
  const what = `sts:AssumeRole of ${role}`;
  const command = new AssumeRoleCommand({
    RoleArn: role,
    RoleSessionName: session,
    DurationSeconds: SESSION_SECONDS,
  });
  const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const { Credentials: given } = await sts.send(command, { abortSignal: limit }).catch((error: unknown) => {
    if (limit.aborted)
      throw new TypedError('Unavailable', `AWS did not answer ${what} in ${ANSWER_WITHIN_MS / 1000} s.`);
    throw asTypedError(error, what);
  });
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration,
  } = given ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined || !Expiration) {
    throw new TypedError('Unavailable', `AWS answered ${what} without credentials.`);
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration: Expiration };
}
