import type { __Client as Client, ECSClient, ECSClientResolvedConfig, ServiceOutputTypes } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import { asTypedError } from './errors';
import { isLoopback } from './loopback';

const RESOLVE_WITHIN_MS = 20_000;
/** What AWS says of credentials whose time is over. */
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
/** Ids of long-lived keys of IAM users; temporary ones start with ASIA. Source: IAM user guide, "unique ID prefixes". */
const LONG_LIVED_PREFIX = 'AKIA';

const LOOK_UP = 'the look-up of AWS credentials';

type Output = Pick<ServiceOutputTypes, '$metadata'>;

type Config = Pick<ECSClient['config'], 'credentials'>;

/** Any client of the SDK: what it sends and gets differs, its credentials do not. */
interface SdkClient<I extends object, O extends Output> {
  config: Config;
  middlewareStack: Client<never, I, O, ECSClientResolvedConfig>['middlewareStack'];
}

/**
 * Makes every call of `client` resolve and judge its credentials first, so that no caller can forget to.
 *
 * The call then rejects with `CredentialsMissing` where the default chain has none (or does not answer within 20 s),
 * and with `CredentialsRefused` for a long-lived key, before anything was signed or sent.
 *
 * Credentials that AWS calls expired are renewed once, at once. Where that does not help a client that AWS has answered
 * before, it is trouble that may pass (`Unavailable`): a rollout in flight waits for whoever renews them.
 */
export function requireTemporaryCredentials<I extends object, O extends Output>(client: SdkClient<I, O>): void {
  let answered = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const attempt = async () => {
        const result = await next(args);
        answered = true;
        return result;
      };
      try {
        return await attempt().catch(async (error: unknown) => {
          if (!isExpired(error)) throw error;
          await resolve(client.config, { forceRefresh: true });
          return attempt();
        });
      } catch (error) {
        throw answered ? asTroubleThatMayPass(error) : error;
      }
    },
    // Around all the rest, so that a second attempt is made and signed from nothing.
    { step: 'initialize', priority: 'high', name: 'sluiceCredentialsRenewed' },
  );
  // Before the SDK's own look-up in the step `serialize`, whose errors name no remedy.
  client.middlewareStack.add(
    (next) => async (args) => {
      await accessKeyId(client.config);
      return next(args);
    },
    { step: 'initialize', name: 'sluiceCredentialsPresent' },
  );
  // Only from here on is it known where the request would go.
  client.middlewareStack.add(
    (next) => async (args) => {
      assertTemporaryCredentials(await accessKeyId(client.config), hostOf(args.request));
      return next(args);
    },
    { step: 'build', name: 'sluiceCredentialsTemporary' },
  );
}

/**
 * When the credentials of `client` end for good; undefined where they renew themselves, or do not say. Only those that
 * stand in environment variables do not renew themselves and say when they end (AWS_CREDENTIAL_EXPIRATION).
 */
export async function staticExpiry({ config }: { config: Config }): Promise<Date | undefined> {
  const credentials: object = await resolve(config);
  const { expiration, $source = {} } = credentials as { expiration?: Date; $source?: object };
  return 'CREDENTIALS_ENV_VARS' in $source ? expiration : undefined;
}

function isExpired(error: unknown): boolean {
  return error instanceof Error && EXPIRED.has(error.name);
}

/** An answer, once there was one, shows that the identity itself is in order: only its time is over. */
function asTroubleThatMayPass(error: unknown): unknown {
  const missing = error instanceof TypedError && error.type === 'CredentialsMissing';
  if (!missing && !isExpired(error)) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new TypedError(
    'Unavailable',
    `The AWS credentials of this worker were good and have expired, and no new ones came: ${said}`,
    { cause: error },
  );
}

/** Throws `CredentialsRefused` for a long-lived access key, unless the endpoint is on this machine and thus no real AWS. */
export function assertTemporaryCredentials(accessKeyId: string, hostname: string): void {
  if (!accessKeyId.startsWith(LONG_LIVED_PREFIX) || isLoopback(hostname)) return;
  throw new TypedError(
    'CredentialsRefused',
    `The AWS access key ${accessKeyId.slice(0, 8)}… is a long-lived key of an IAM user, and a leaked one works until ` +
      `somebody notices; use temporary credentials instead (a role, \`aws sso login\`, or GitHub's OIDC).`,
  );
}

async function accessKeyId(config: Config): Promise<string> {
  return (await resolve(config)).accessKeyId;
}

/** Rejects with a TypedError, also where there is no answer for too long. */
async function resolve(config: Config, options?: { forceRefresh: true }) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new TypedError('CredentialsMissing', `No AWS credentials came within ${RESOLVE_WITHIN_MS / 1000} s.`)),
      RESOLVE_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([config.credentials(options), late]);
  } catch (error) {
    throw asTypedError(error, LOOK_UP);
  } finally {
    clearTimeout(timer);
  }
}

function hostOf(request: unknown): string {
  const { hostname } = request as { hostname?: unknown };
  return typeof hostname === 'string' ? hostname : '';
}
