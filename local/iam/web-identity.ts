import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { AwsError } from '../aws/contract';
import type { Json, JsonObject } from '../aws/contract';
import type { Context } from './conditions';
import { CLAIMS_OFFERED } from './keys';
import type { ProviderSettings } from './settings';

const DISCOVERY_WITHIN_MS = 5_000;
const LONGEST_TOKEN = 20_000;

/** A token that its provider signed, for an audience of the provider, within its time. */
export interface WebIdentity {
  providerArn: string;
  subject: string;
  audience: string;
  /** What a trust policy may ask, under `token.actions.githubusercontent.com:sub` and so on. */
  context: Context;
}

/**
 * Verifies a token of OpenID Connect: RS256 with the provider's own keys (found by its discovery document, asked anew each
 * time, so that keys may rotate), issuer, audience and times. Throws STS's own errors.
 */
export async function verifyWebIdentity(
  token: string,
  providers: readonly ProviderSettings[],
  accountId: string,
  now: () => number,
): Promise<WebIdentity> {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  const [header, claims] = [parsePart(head), parsePart(body)];
  if (!header || !claims || more.length > 0 || token.length > LONGEST_TOKEN)
    throw invalidToken('The web identity token that was passed could not be parsed.');
  const issuer = textOf(claims['iss']);
  const provider = providers.find(({ url, playedBy }) => issuer === url || issuer === playedBy);
  if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer || 'no issuer'}`);
  if (header['alg'] !== 'RS256')
    throw invalidToken(`The algorithm ${textOf(header['alg']) || '(none named)'} is not RS256.`);
  const key = await keyOf(provider, issuer, textOf(header['kid']));
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url')))
    throw invalidToken('The signature of the web identity token is not valid.');
  const audience = provider.audiences.find((each) => textsOf(claims['aud']).includes(each));
  if (audience === undefined) throw invalidToken('Incorrect token audience');
  checkTimes(claims, now() / 1000);
  const address = provider.url.replace(/^https?:\/\//, '');
  const offered = CLAIMS_OFFERED.flatMap((claim) => {
    const values = claim === 'aud' ? [audience] : textsOf(claims[claim]);
    return values.length > 0 ? [[`${address}:${claim}`.toLowerCase(), values] as const] : [];
  });
  return {
    providerArn: `arn:aws:iam::${accountId}:oidc-provider/${address}`,
    subject: textOf(claims['sub']),
    audience,
    context: Object.fromEntries(offered),
  };
}

function checkTimes({ exp, nbf }: JsonObject, seconds: number): void {
  if (typeof exp !== 'number') throw invalidToken('The web identity token has no expiration (exp).');
  if (seconds >= exp) {
    const message = `Token expired: current date/time ${Math.floor(seconds)} must be before the expiration date/time ${exp}`;
    throw new AwsError('ExpiredTokenException', message);
  }
  if (typeof nbf === 'number' && seconds < nbf) throw invalidToken('The web identity token is not valid yet (nbf).');
}

async function keyOf({ url, playedBy = url }: ProviderSettings, issuer: string, kid: string) {
  const discovery = await fetchJson(`${playedBy}/.well-known/openid-configuration`);
  if (discovery['issuer'] !== issuer) throw noKey(`it says that it is ${textOf(discovery['issuer']) || 'nobody'}`);
  const { keys } = await fetchJson(textOf(discovery['jwks_uri']));
  const found = (Array.isArray(keys) ? keys : []).find((key) => isObject(key) && key['kid'] === kid);
  if (!isObject(found) || found['kty'] !== 'RSA') throw noKey(`it has no RSA key ${kid}`);
  return createPublicKey({ key: found as JsonWebKey, format: 'jwk' });
}

async function fetchJson(url: string): Promise<JsonObject> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_WITHIN_MS), redirect: 'error' });
    const answer = (await response.json()) as Json;
    if (response.ok && isObject(answer)) return answer;
  } catch (error) {
    throw noKey(`${url} does not answer: ${String(error)}`);
  }
  throw noKey(`${url} does not answer as it should`);
}

function noKey(why: string): AwsError {
  return invalidToken(`Couldn't retrieve verification key from your identity provider: ${why}.`);
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message);
}

function parsePart(part: string): JsonObject | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: Json | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
