import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';

/** A GitHub App that reports for this worker: who it is, and the key that proves it. */
export interface GitHubApp {
  /** Client id, or the older number. */
  id: string;
  key: KeyObject;
}

/** A clock that runs ahead must not make a token of the future. Source: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App". */
const BACKDATED_S = 60;
/** GitHub takes no more than 10 minutes from its own now. */
const LASTS_S = 8 * 60;

/** The private key that GitHub hands out: RSA, PEM. Throws an Error of one sentence that never quotes it. */
export function appKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error('it is no private key in PEM, as GitHub hands it out for an App');
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw new Error(`its kind is ${String(key.asymmetricKeyType)}, and GitHub takes RSA`);
  return key;
}

/** The App's own token (RS256): good for a few minutes, to ask for tokens of its installations and for nothing else. */
export function appToken({ id, key }: GitHubApp, now: number): Promise<string> {
  const seconds = Math.floor(now / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(id)
    .setIssuedAt(seconds - BACKDATED_S)
    .setExpirationTime(seconds + LASTS_S)
    .sign(key);
}
