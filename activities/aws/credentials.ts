import type { __Client as Client, ECSClient, ECSClientResolvedConfig, ServiceOutputTypes } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import { asTypedError } from './errors';
import { isLoopback } from './loopback';

const RESOLVE_WITHIN_MS = 20_000;
/** Ids of long-lived keys of IAM users; temporary ones start with ASIA. Source: IAM user guide, "unique ID prefixes". */
const LONG_LIVED_PREFIX = 'AKIA';

type Output = Pick<ServiceOutputTypes, '$metadata'>;

/** Any client of the SDK: what it sends and gets differs, its credentials do not. */
interface SdkClient<I extends object, O extends Output> {
  config: Pick<ECSClient['config'], 'credentials'>;
  middlewareStack: Client<never, I, O, ECSClientResolvedConfig>['middlewareStack'];
}

/**
 * Makes every call of `client` resolve and judge its credentials first, so that no caller can forget to.
 *
 * The call then rejects with `CredentialsMissing` where the default chain has none (or does not answer within 20 s),
 * and with `CredentialsRefused` for a long-lived key, before anything was signed or sent.
 */
export function requireTemporaryCredentials<I extends object, O extends Output>(client: SdkClient<I, O>): void {
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

/** Throws `CredentialsRefused` for a long-lived access key, unless the endpoint is on this machine and thus no real AWS. */
export function assertTemporaryCredentials(accessKeyId: string, hostname: string): void {
  if (!accessKeyId.startsWith(LONG_LIVED_PREFIX) || isLoopback(hostname)) return;
  throw new TypedError(
    'CredentialsRefused',
    `The AWS access key ${accessKeyId.slice(0, 8)}… is a long-lived key of an IAM user, and a leaked one works until ` +
      `somebody notices; use temporary credentials instead (a role, \`aws sso login\`, or GitHub's OIDC).`,
  );
}

async function accessKeyId(config: Pick<ECSClient['config'], 'credentials'>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new TypedError('CredentialsMissing', `No AWS credentials came within ${RESOLVE_WITHIN_MS / 1000} s.`)),
      RESOLVE_WITHIN_MS,
    );
  });
  try {
    return (await Promise.race([config.credentials(), late])).accessKeyId;
  } catch (error) {
    throw asTypedError(error, 'the look-up of AWS credentials');
  } finally {
    clearTimeout(timer);
  }
}

function hostOf(request: unknown): string {
  const { hostname } = request as { hostname?: unknown };
  return typeof hostname === 'string' ? hostname : '';
}
