import { askJson } from './ask-json';
import { Away, SetupError } from './failures';
import type { Environment } from './inputs';

const LIMIT_MS = 10_000;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** A fresh OIDC token of the job, for the gateway alone. */
export type TokenSource = (signal: AbortSignal) => Promise<string>;

/**
 * Asks the runner's token service (source: GitHub's "OpenID Connect reference", requesting the token by its environment
 * variables). Throws a SetupError where the job may not have one, and Away where the service does not answer.
 */
export function tokenSource(env: Environment, audience: string): TokenSource {
  const address = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  const token = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  return async (signal) => {
    if (token === '' || !URL.canParse(address)) {
      throw new SetupError(
        'This job cannot show the gateway who it is: give it `permissions: { id-token: write }` (pull requests from forks never get that).',
      );
    }
    const url = new URL(address);
    url.searchParams.set('audience', audience);
    const { status, body } = await askJson("GitHub's token service", url, {
      method: 'GET',
      token,
      limitMs: LIMIT_MS,
      signal,
    });
    if (status !== 200) throw new SetupError(`GitHub's token service refuses this job an OIDC token (HTTP ${status}).`);
    const { value } = body;
    if (typeof value !== 'string' || !JWT.test(value)) throw new Away("GitHub's token service answers without a token");
    return value;
  };
}
