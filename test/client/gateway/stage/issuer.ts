import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

/** What GitHub's token service is to the gateway: a discovery document and public keys, over HTTP on loopback. */
export interface LocalIssuer {
  url: string;
  /** The published keys; change them to rotate. */
  keys: JWK[];
  /** Set to answer something else than 200 and the document. */
  trouble: 'none' | 'refuses' | 'not JSON' | 'another issuer' | 'keys elsewhere' | 'redirects' | 'too large';
  /** How often the keys were asked for. */
  asked: number;
  close(): Promise<void>;
}

export async function startIssuer(keys: JWK[]): Promise<LocalIssuer> {
  const server = http.createServer((request, response) => answer(issuer, request.url ?? '', response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer: LocalIssuer = {
    url: `http://127.0.0.1:${port}`,
    keys,
    trouble: 'none',
    asked: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

const DISCOVERY = '/.well-known/openid-configuration';
/** Where it would be found if anybody followed. */
const ELSEWHERE = '/elsewhere';

function answer(issuer: LocalIssuer, path: string, response: http.ServerResponse): void {
  const { url, keys, trouble } = issuer;
  response.setHeader('content-type', 'application/json');
  if (trouble === 'refuses') response.statusCode = 503;
  if (trouble === 'not JSON') return void response.end('<html>');
  if (trouble === 'too large')
    return void response.end(JSON.stringify({ ...discovery(url), filler: 'x'.repeat(300_000) }));
  if (trouble === 'redirects' && path === DISCOVERY) {
    return void response.writeHead(302, { location: `${url}${ELSEWHERE}` }).end();
  }
  if (path === DISCOVERY || path === ELSEWHERE) {
    const named = trouble === 'another issuer' ? 'https://issuer.example' : url;
    const place = trouble === 'keys elsewhere' ? url.replace('127.0.0.1', 'localhost') : url;
    return void response.end(JSON.stringify({ ...discovery(place), issuer: named }));
  }
  issuer.asked += 1;
  response.end(JSON.stringify({ keys }));
}

function discovery(url: string): { issuer: string; jwks_uri: string } {
  return { issuer: url, jwks_uri: `${url}/.well-known/jwks` };
}
