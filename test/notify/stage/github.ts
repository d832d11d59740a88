import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of a pair of keys of this test run's own. */
const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  // PKCS#1, as GitHub hands it out: "BEGIN RSA PRIVATE KEY".
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

export const APP = { id: '123456', pem: KEYS.privateKey };
export const REPOSITORY = { id: '1001', name: 'acme/shop' };
const INSTALLATION = 77;
const TOKEN_MS = 3_600_000;

export interface CommitStatus {
  repository: string;
  sha: string;
  state: string;
  context: string;
  description?: string;
  target_url?: string;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  payload: unknown;
  environment: string;
  description?: string;
  statuses: { state: string; description?: string; log_url?: string }[];
}

export interface Asked {
  method: string;
  path: string;
  status: number;
  body: unknown;
}

export interface Trouble {
  status: number;
  headers?: Record<string, string>;
  message?: string;
  /** Do it, and answer this all the same. */
  afterwards?: boolean;
}

/** GitHub's REST API as an App sees it, over HTTP on loopback. Shapes and refusals are those of its documentation. */
export interface LocalGitHub {
  url: string;
  /** In order. */
  statuses: CommitStatus[];
  deployments: Deployment[];
  asked: Asked[];
  /** All tokens that were handed out. */
  tokens: string[];
  /** Consulted before every answer; undefined lets it through. */
  trouble: (request: { method: string; path: string; body: unknown }) => Trouble | undefined;
  /** Epoch milliseconds; its tokens live for an hour. */
  now: () => number;
  /** Takes back every token. */
  revoke(): void;
  close(): Promise<void>;
}

type Answer = [status: number, body: unknown, headers?: Record<string, string> | undefined];

interface Grant {
  repositoryIds: number[];
  permissions: Record<string, string>;
  expiresAt: number;
}

const NOT_FOUND: Answer = [
  404,
  { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
];
const COMMIT_STATES = ['error', 'failure', 'pending', 'success'];
const DEPLOYMENT_STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

export async function startGitHub(): Promise<LocalGitHub> {
  const grants = new Map<string, Grant>();
  const server = http.createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const method = request.method ?? '';
      const asked = { method, path: pathname, body };
      const trouble = github.trouble(asked);
      const refused = trouble && !trouble.afterwards;
      const done: Answer = refused ? [0, {}] : answer(request, method, pathname, searchParams, body);
      const [status, content, headers]: Answer = trouble
        ? [trouble.status, { message: trouble.message ?? 'Server Error' }, trouble.headers]
        : done;
      github.asked.push({ ...asked, status });
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(JSON.stringify(content));
    })();
  });

  function answer(
    request: IncomingMessage,
    method: string,
    path: string,
    query: URLSearchParams,
    given: Record<string, unknown>,
  ): Answer {
    if (request.headers['user-agent'] === undefined)
      return [403, { message: 'Request forbidden by administrative rules.' }];
    const [, bearer = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (method === 'GET' && path === `/repos/${REPOSITORY.name}/installation`)
      return whyNoApp(bearer, github.now()) ?? [200, { id: INSTALLATION, app_id: Number(APP.id), permissions: {} }];
    if (method === 'POST' && path === `/app/installations/${INSTALLATION}/access_tokens`)
      return whyNoApp(bearer, github.now()) ?? grant(given);

    const [, name = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(path) ?? [];
    const own = grants.get(bearer);
    if (own === undefined || own.expiresAt <= github.now()) return [401, { message: 'Bad credentials', status: '401' }];
    if (name !== REPOSITORY.name || !own.repositoryIds.includes(Number(REPOSITORY.id))) return NOT_FOUND;
    const may = (permission: string): boolean => own.permissions[permission] === 'write';
    const forbidden: Answer = [403, { message: 'Resource not accessible by integration', status: '403' }];
    const [, sha] = /^\/statuses\/([0-9a-f]{40})$/.exec(rest) ?? [];
    if (method === 'POST' && sha !== undefined) return may('statuses') ? commitStatus(sha, given) : forbidden;
    if (rest.startsWith('/deployments') && !may('deployments')) return forbidden;
    if (method === 'GET' && rest === '/deployments') return [200, deploymentsBy(query)];
    if (method === 'POST' && rest === '/deployments') return createDeployment(given);
    const [, id] = /^\/deployments\/(\d+)\/statuses$/.exec(rest) ?? [];
    if (method === 'POST' && id !== undefined) return deploymentStatus(Number(id), given);
    return NOT_FOUND;
  }

  function grant({ repository_ids: ids, permissions }: Record<string, unknown>): Answer {
    const repositoryIds = Array.isArray(ids) ? (ids as number[]) : [];
    if (repositoryIds.some((id) => id !== Number(REPOSITORY.id)))
      return [
        422,
        {
          message:
            'There is at least one repository that does not exist or is not accessible to the parent installation.',
        },
      ];
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expiresAt = github.now() + TOKEN_MS;
    grants.set(token, { repositoryIds, permissions: permissions as Record<string, string>, expiresAt });
    github.tokens.push(token);
    const expires = `${new Date(expiresAt).toISOString().slice(0, 19)}Z`;
    return [201, { token, expires_at: expires, permissions, repository_selection: 'selected' }];
  }

  function commitStatus(sha: string, given: Record<string, unknown>): Answer {
    const { state, context, description, target_url } = given as unknown as CommitStatus;
    if (!COMMIT_STATES.includes(state)) return [422, { message: 'Validation Failed' }];
    if (description !== undefined && Array.from(description).length > 140)
      return [422, { message: 'Validation Failed: description is too long (maximum is 140 characters)' }];
    github.statuses.push({
      ...{ repository: REPOSITORY.name, sha, state, context },
      ...(description !== undefined && { description }),
      ...(target_url !== undefined && { target_url }),
    });
    return [201, { id: github.statuses.length, state, context, description: description ?? null }];
  }

  /** Newest first. */
  function deploymentsBy(query: URLSearchParams): unknown[] {
    const wanted = (name: 'sha' | 'environment' | 'task', deployment: Deployment): boolean =>
      [null, deployment[name]].includes(query.get(name));
    return github.deployments
      .filter((one) => wanted('sha', one) && wanted('environment', one) && wanted('task', one))
      .map(({ statuses: _, ...one }) => one)
      .reverse();
  }

  function createDeployment(given: Record<string, unknown>): Answer {
    const { ref, task = 'deploy', auto_merge: merges = true, required_contexts: contexts } = given;
    const { payload = {}, environment = 'production', description } = given;
    if (typeof ref !== 'string') return [422, { message: 'Invalid request.\n\n"ref" wasn\'t supplied.' }];
    if (merges !== false) return [202, { message: 'Auto-merged main into topic on deployment.' }];
    if (!Array.isArray(contexts) || contexts.length > 0)
      return [409, { message: 'Conflict: Commit status checks failed for main.' }];
    const deployment = {
      ...{ id: github.deployments.length + 1, sha: ref, ref, task, payload, environment },
      ...(description !== undefined && { description }),
      statuses: [],
    } as unknown as Deployment;
    github.deployments.push(deployment);
    const { statuses: _, ...shown } = deployment;
    return [201, shown];
  }

  function deploymentStatus(id: number, given: Record<string, unknown>): Answer {
    const deployment = github.deployments.find((one) => one.id === id);
    if (deployment === undefined) return NOT_FOUND;
    const { state, description, log_url } = given as unknown as Deployment['statuses'][number];
    if (!DEPLOYMENT_STATES.includes(state)) return [422, { message: 'Validation Failed' }];
    if (description !== undefined && Array.from(description).length > 140)
      return [422, { message: 'Validation Failed' }];
    deployment.statuses.push({
      state,
      ...(description !== undefined && { description }),
      ...(log_url !== undefined && { log_url }),
    });
    return [201, { id: deployment.statuses.length, state, environment: deployment.environment }];
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const github: LocalGitHub = {
    url: `http://127.0.0.1:${port}`,
    statuses: [],
    deployments: [],
    asked: [],
    tokens: [],
    trouble: () => undefined,
    now: Date.now,
    revoke: () => grants.clear(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return github;
}

/** As GitHub judges an App's token. Source: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App". */
function whyNoApp(jwt: string, nowMs: number): Answer | undefined {
  const refuse = (message: string): Answer => [401, { message, status: '401' }];
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const bad = refuse('A JSON web token could not be decoded');
  if (signature === '') return bad;
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  const key = createPublicKey(KEYS.publicKey);
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  if (read(head)['alg'] !== 'RS256' || !isSigned) return bad;
  const { iss, iat, exp } = read(body) as { iss: string; iat: number; exp: number };
  const now = nowMs / 1000;
  if (iss !== APP.id) return refuse("'Issuer' claim ('iss') must be an Integer or the client ID");
  if (iat > now) return refuse("'Issued at' claim ('iat') must be an Integer representing a time in the past");
  if (exp > now + 600) return refuse("'Expiration time' claim ('exp') is too far in the future");
  return exp <= now
    ? refuse("'Expiration time' claim ('exp') must be a numeric value representing the future time")
    : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
