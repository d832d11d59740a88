import type { Gateway, GatewayOptions } from '../../../../client/gateway/gateway';
import { startGateway } from '../../../../client/gateway/gateway';
import type { GatewayRecord, RequestRecord } from '../../../../client/gateway/record';
import type { FakeReleases } from './fake-releases';
import { fakeReleases } from './fake-releases';
import type { LocalIssuer } from './issuer';
import { startIssuer } from './issuer';
import { policy } from './policy';
import type { Claims, SigningKey } from './tokens';
import { AUDIENCE, claimsOfPullRequest, claimsOfPush, COMMIT, sign, signingKey } from './tokens';

export interface Answer {
  status: number;
  headers: Headers;
  // Each test says which shape it expects.
  body: Record<string, unknown>;
  error?: { code: string; message: string; requestId: string };
}

export interface Bench {
  issuer: LocalIssuer;
  key: SigningKey;
  gateway: Gateway;
  world: FakeReleases;
  records: GatewayRecord[];
  requests: () => RequestRecord[];
  push: (more?: Claims) => Promise<string>;
  pullRequest: (more?: Claims) => Promise<string>;
  start: (token: string, body?: unknown) => Promise<Answer>;
  post: (path: string, token: string, body?: unknown) => Promise<Answer>;
  get: (path: string, token: string) => Promise<Answer>;
  send: (path: string, init: RequestInit) => Promise<Answer>;
  close: () => Promise<void>;
}

export const RELEASE = { project: 'shop', commit: COMMIT };
/** Limits are what other tests are about. */
const ROOMY = { perAddress: { capacity: 1e6, perSecond: 1e6 }, perRepository: { capacity: 1e6, perSecond: 1e6 } };

/** Making one takes longer than most tests. */
let keyOfThisFile: Promise<SigningKey> | undefined;

/** A real gateway on a port, with an issuer of our own and with fake releases. */
export async function startBench(more: Partial<GatewayOptions> = {}): Promise<Bench> {
  const key = await (keyOfThisFile ??= signingKey('key-1'));
  const issuer = await startIssuer([key.jwk]);
  const world = fakeReleases();
  const records: GatewayRecord[] = [];
  const gateway = await startGateway({
    audience: AUDIENCE,
    issuer: issuer.url,
    policy: { current: policy, reload: () => Promise.resolve() },
    releases: world.releases,
    temporalReady: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    record: (one) => void records.push(one),
    ...more,
    limits: { ...ROOMY, ...more.limits },
  });
  const send = (path: string, init: RequestInit) => ask(`${gateway.url}${path}`, init);
  const post = (path: string, token: string, body: unknown = {}) =>
    send(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    issuer,
    key,
    gateway,
    world,
    records,
    requests: () => records.filter((one) => one.kind === 'request'),
    push: (claims) => sign(claimsOfPush(issuer.url, claims), key),
    pullRequest: (claims) => sign(claimsOfPullRequest(issuer.url, claims), key),
    start: (token, body = RELEASE) => post('/v1/releases', token, body),
    post,
    get: (path, token) => send(path, { headers: { authorization: `Bearer ${token}` } }),
    send,
    async close() {
      await gateway.close();
      await issuer.close();
    },
  };
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  const error = body['error'] as Answer['error'];
  return { status: response.status, headers: response.headers, body, ...(error && { error }) };
}
