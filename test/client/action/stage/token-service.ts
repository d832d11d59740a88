import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalIssuer } from '../../gateway/stage/issuer';
import { startIssuer } from '../../gateway/stage/issuer';
import type { Claims } from '../../gateway/stage/tokens';
import { claimsOfPush, sign, signingKey } from '../../gateway/stage/tokens';

/** What GitHub is to a job and to the gateway: hands out tokens of the job, and publishes the key that they are signed with. */
export interface TokenService {
  issuer: LocalIssuer;
  /** For ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  idToken: { url: string; token: string };
  /** Claims of the tokens from now on, in place of those of a push to main. */
  claims: (issuer: string) => Claims;
  /** What was handed out, in order. */
  issued: string[];
  /** Set to answer with another status than 200. */
  trouble: number | undefined;
  close(): Promise<void>;
}

const REQUEST_TOKEN = 'the-jobs-own-request-token';

export async function startTokenService(): Promise<TokenService> {
  const key = await signingKey('key-1');
  const issuer = await startIssuer([key.jwk]);
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const audience = searchParams.get('audience');
    const known = pathname === '/idtoken' && searchParams.get('api-version') === '2.0' && audience !== null;
    const status =
      known && request.headers.authorization === `Bearer ${REQUEST_TOKEN}` ? (service.trouble ?? 200) : 401;
    response.writeHead(status, { 'content-type': 'application/json' });
    if (status !== 200) return void response.end('{}');
    void sign({ ...service.claims(issuer.url), aud: audience }, key).then((value) => {
      service.issued.push(value);
      response.end(JSON.stringify({ count: value.length, value }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const service: TokenService = {
    issuer,
    idToken: { url: `http://127.0.0.1:${port}/idtoken?api-version=2.0`, token: REQUEST_TOKEN },
    claims: (url) => claimsOfPush(url),
    issued: [],
    trouble: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await issuer.close();
    },
  };
  return service;
}
