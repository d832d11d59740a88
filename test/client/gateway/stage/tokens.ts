import type { KeyObject } from 'node:crypto';
import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { base64url, SignJWT } from 'jose';

export const AUDIENCE = 'https://sluice.example.com';
export const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';

export type Claims = Record<string, unknown>;

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  /** As the issuer publishes it. */
  jwk: JWK;
}

const makePair = promisify(generateKeyPair);

/** An RSA key as GitHub has them, published for RS256 alone; or an elliptic one. */
export async function signingKey(kid: string, kind: 'rsa' | 'ec' = 'rsa'): Promise<SigningKey> {
  const { privateKey, publicKey } = await (kind === 'rsa'
    ? makePair('rsa', { modulusLength: 2048 })
    : makePair('ec', { namedCurve: 'P-256' }));
  const alg = kind === 'rsa' ? 'RS256' : 'ES256';
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), alg, use: 'sig', kid } };
}

export const now = (): number => Math.floor(Date.now() / 1000);

/** What GitHub writes into the token of a push to main of acme/shop; the numbers are those of the policy in gateway.ts. */
export function claimsOfPush(issuer: string, more: Claims = {}): Claims {
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'repo:acme@42/shop@1001:environment:production',
    jti: randomUUID(),
    iat: now(),
    nbf: now() - 300,
    exp: now() + 300,
    repository: 'acme/shop',
    repository_id: '1001',
    repository_owner: 'acme',
    repository_owner_id: '42',
    repository_visibility: 'private',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    event_name: 'push',
    workflow: 'release',
    workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
    workflow_sha: COMMIT,
    job_workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
    runner_environment: 'github-hosted',
    environment: 'production',
    actor: 'octocat',
    actor_id: '583231',
    run_id: '9000',
    run_number: '17',
    run_attempt: '1',
    sha: COMMIT,
    ...more,
  };
}

/** The token of a pull request of a branch of the same repository. */
export function claimsOfPullRequest(issuer: string, more: Claims = {}): Claims {
  const { environment: _none, ...claims } = claimsOfPush(issuer);
  return {
    ...claims,
    sub: 'repo:acme@42/shop@1001:pull_request',
    ref: 'refs/pull/7/merge',
    event_name: 'pull_request',
    base_ref: 'main',
    head_ref: 'feature',
    workflow_ref: 'acme/shop/.github/workflows/check.yml@refs/pull/7/merge',
    job_workflow_ref: 'acme/shop/.github/workflows/check.yml@refs/pull/7/merge',
    ...more,
  };
}

export function without(claims: Claims, ...names: string[]): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));
}

/** A token as GitHub signs it, unless `header` says otherwise. */
export function sign(claims: Claims, { kid, privateKey }: SigningKey, header: Claims = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid, ...header }).sign(privateKey);
}

/** A token put together by hand, for what no library would make. */
export function rawToken(header: unknown, payload: unknown, signature = 'c2lnbmF0dXJl'): string {
  const part = (value: unknown): string => base64url.encode(typeof value === 'string' ? value : JSON.stringify(value));
  return `${part(header)}.${part(payload)}.${signature}`;
}
