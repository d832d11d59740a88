import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { listen, shut } from '../../../local/aws/listen';

export const GITHUB = 'https://token.actions.githubusercontent.com';

export type Claims = Record<string, unknown>;

export interface Issuer {
  url: string;
  /** A token with these claims and good times, signed by the key that the issuer shows; members of the header as given. */
  token(claims: Claims, header?: Claims): string;
  /** As `token`, signed by a key that the issuer never showed. */
  forged(claims: Claims): string;
  /** From now on it signs with another key, and shows only that one. */
  rotate(): void;
  close(): Promise<void>;
}

/** Plays GitHub's issuer of OpenID Connect tokens on this machine. */
export async function openIssuer(issuer = GITHUB): Promise<Issuer> {
  let keys = makeKeys('key-1');
  const strangers = makeKeys('key-1');
  let url = '';
  const server = createServer((request, response) => {
    const discovery = { issuer, jwks_uri: `${url}/.well-known/jwks` };
    const shown = request.url === '/.well-known/openid-configuration' ? discovery : { keys: [keys.jwk] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(shown));
  });
  url = `http://127.0.0.1:${await listen(server, 0, 'The issuer')}`;
  const times = (): Claims => {
    const now = Math.floor(Date.now() / 1000);
    return { iat: now, nbf: now - 5, exp: now + 300 };
  };
  return {
    url,
    token: (claims, header = {}) => signed({ iss: issuer, ...times(), ...claims }, keys, header),
    forged: (claims) => signed({ iss: issuer, ...times(), ...claims }, strangers, {}),
    rotate: () => void (keys = makeKeys('key-2')),
    close: () => shut(server),
  };
}

interface Keys {
  kid: string;
  jwk: object;
  privateKey: KeyObject;
}

function makeKeys(kid: string): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}

function signed(claims: Claims, { kid, privateKey }: Keys, header: Claims): string {
  const part = (value: Claims): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'RS256', typ: 'JWT', kid, ...header })}.${part(claims)}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url')}`;
}
