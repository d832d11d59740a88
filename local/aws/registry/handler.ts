import type { IncomingMessage } from 'node:http';
import { AwsError } from '../contract';
import type { Repositories } from '../ecr/repositories';
import type { Tokens } from '../ecr/tokens';
import type { Answer, Exchange } from '../exchange';
import type { BlobStore } from './blobs';
import { fromEcr, REFUSALS, registryError } from './errors';
import { getBlob, getManifest, listTags, putManifest } from './content-requests';
import { continueUpload, finishUpload, startUpload } from './upload-requests';

/** What the registry shares with the ECR API, and the uploads that are open (upload to repository). */
export interface Registry {
  repositories: Repositories;
  blobs: BlobStore;
  tokens: Tokens;
  uploads: Map<string, string>;
}

/** A request of the registry. `name` is a digest, a tag or an upload, where the path has one. */
export interface Asked {
  request: IncomingMessage;
  query: URLSearchParams;
  repository: string;
  name: string;
  registry: Registry;
}

type Handler = (asked: Asked) => Answer | Promise<Answer>;

/** Repository names may hold slashes. HEAD goes where GET goes. */
const ROUTES: readonly { kind: string; path: RegExp; methods: Record<string, Handler> }[] = [
  { kind: 'ping', path: /^\/v2\/?$/, methods: { GET: ping } },
  { kind: 'upload', path: /^\/v2\/(.+)\/blobs\/uploads\/?$/, methods: { POST: startUpload } },
  {
    kind: 'upload',
    path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { PATCH: continueUpload, PUT: finishUpload },
  },
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
  const handler = route?.methods[method === 'HEAD' ? 'GET' : method];
  return {
    service: 'registry',
    action: `${method} ${route?.kind ?? 'unknown'}`,
    request: { path: pathname, ...Object.fromEntries(query) },
    ...authenticate(request, registry.tokens),
    async perform() {
      if (!handler) return registryError('UNSUPPORTED', `The local registry does not speak ${method} ${url}`);
      try {
        return await handler({ request, query, repository, name, registry });
      } catch (error) {
        if (error instanceof AwsError) return fromEcr(error);
        throw error;
      }
    },
    refuse: (fault) => REFUSALS[fault],
    failed: (error) => registryError('UNKNOWN', `defect of the local AWS: ${String(error)}`),
  };
}

function ping(): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
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
  return {
    accessKeyId: undefined,
    rejected: registryError('UNAUTHORIZED', 'Not Authorized', { 'www-authenticate': challenge }),
  };
}
