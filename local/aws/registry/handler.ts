import type { IncomingMessage } from 'node:http';
import { AwsError } from '../contract';
import type { Repositories, Repository, Tokens } from '../ecr/repositories';
import type { Answer, Exchange } from '../exchange';
import type { BlobStore } from './blobs';
import { fromEcr, registryError } from './errors';
import { continueUpload, finishUpload, getBlob, getManifest, listTags, putManifest, startUpload } from './requests';

/** What this registry, the ECR API and the ECS engine share. */
export interface Registry {
  /** `127.0.0.1:PORT`, what image references begin with. */
  host: string;
  repositories: Repositories;
  blobs: BlobStore;
  tokens: Tokens;
}

/** A request of the registry. `name` is a digest, a tag or an upload, where the path has one. */
export interface Asked {
  request: IncomingMessage;
  query: URLSearchParams;
  repository: Repository;
  name: string;
  registry: Registry;
}

const PONG: Answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
type Handler = (asked: Asked) => Answer | Promise<Answer>;

const UPLOAD = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/;

/** Repository names may hold slashes. HEAD goes where GET goes. */
const ROUTES: readonly { kind: string; path: RegExp; methods: Record<string, Handler> }[] = [
  { kind: 'upload', path: /^\/v2\/(.+)\/blobs\/uploads\/?$/, methods: { POST: startUpload } },
  { kind: 'upload', path: UPLOAD, methods: { PATCH: continueUpload, PUT: finishUpload } },
  { kind: 'blob', path: /^\/v2\/(.+)\/blobs\/([^/]+)$/, methods: { GET: getBlob } },
  { kind: 'manifest', path: /^\/v2\/(.+)\/manifests\/([^/]+)$/, methods: { GET: getManifest, PUT: putManifest } },
  { kind: 'tags', path: /^\/v2\/(.+)\/tags\/list$/, methods: { GET: listTags } },
];

/** Understands a `/v2/` request: the OCI distribution API as ECR offers it, with `AWS:<authorization token>` as basic authentication. */
export function registryExchange(request: IncomingMessage, registry: Registry): Exchange {
  const { method = '', url = '/' } = request;
  const { pathname, searchParams: query } = new URL(url, 'http://registry');
  const route = ROUTES.find(({ path }) => path.test(pathname));
  const [, repository = '', name = ''] = route?.path.exec(pathname) ?? [];
  const isPing = /^\/v2\/?$/.test(pathname);
  const verb = method === 'HEAD' ? 'GET' : method;
  const handler = route?.methods[verb];
  return {
    service: 'registry',
    action: `${method} ${isPing ? 'ping' : (route?.kind ?? 'unknown')}`,
    request: { path: pathname, ...Object.fromEntries(query) },
    ...authenticate(request, registry.tokens),
    async perform() {
      if (isPing && verb === 'GET') return PONG;
      if (!handler) return registryError('UNSUPPORTED', `The local registry does not speak ${method} ${url}`);
      try {
        return await handler({ request, query, repository: registry.repositories.find(repository), name, registry });
      } catch (error) {
        if (error instanceof AwsError) return fromEcr(error);
        return registryError('UNKNOWN', `defect of the local AWS: ${String(error)}`);
      }
    },
    fail: fromEcr,
  };
}

function authenticate(request: IncomingMessage, tokens: Tokens): Pick<Exchange, 'accessKeyId' | 'rejected'> {
  const [, encoded = ''] = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const [, token = ''] = /^AWS:(.+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  const owner = tokens.check(token);
  if (owner?.expired) {
    const message = 'Your authorization token has expired. Reauthenticate and try again.';
    return { accessKeyId: owner.accessKeyId, rejected: registryError('DENIED', message) };
  }
  if (owner) return { accessKeyId: owner.accessKeyId };
  const challenge = `Basic realm="http://${request.headers.host ?? '127.0.0.1'}/",service="ecr.amazonaws.com"`;
  const rejected = registryError('UNAUTHORIZED', 'Not Authorized', { 'www-authenticate': challenge });
  return { accessKeyId: undefined, rejected };
}
