import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { digestOf } from '../../../activities/image/registry/digest';
import { openRegistry } from '../../../activities/image/registry/registry';
import { registryUrl } from '../../../activities/image/registry/request';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on a free port; answers its host and the requests that it got. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: { line: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    seen.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, authorization: request.headers.authorization });
    request.resume().on('end', () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { host: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, seen };
}

const open = (host: string, signal = new AbortController().signal) =>
  openRegistry({ host, authorization: 'Basic secret' }, signal);
const content = Buffer.from('{"architecture":"amd64"}');
const blob = { digest: digestOf(content), size: content.length };
const pushed = { ...blob, open: () => Promise.resolve(Readable.from([content])) };

it('follows a download to another host, and leaves the token behind', async () => {
  const store = await serve((_, response) => response.end(content));
  const registry = await serve((_, response) => response.writeHead(307, { location: `http://${store.host}/b` }).end());
  expect(await open(registry.host).readBlob('api', blob)).toEqual(content);
  expect(registry.seen[0]?.authorization).toBe('Basic secret');
  expect(store.seen).toEqual([{ line: 'GET /b', authorization: undefined }]);
});

it('does not follow for ever', async () => {
  const registry = await serve((request, response) => response.writeHead(302, { location: request.url }).end());
  await expect(open(registry.host).readBlob('api', blob)).rejects.toThrow('redirects');
  expect(registry.seen).toHaveLength(6);
});

it('sends no upload where it is not told by name', async () => {
  const other = await serve((_, response) => response.writeHead(201).end());
  const registry = await serve((request, response) => {
    if (request.method === 'HEAD') return response.writeHead(404).end();
    return response.writeHead(202, { location: `http://${other.host}/upload` }).end();
  });
  await expect(open(registry.host).pushBlob('api', pushed)).rejects.toMatchObject({ name: 'ImagePush' });
  expect(other.seen).toEqual([]);
});

it('sends a blob that is there already not again', async () => {
  const registry = await serve((_, response) => response.writeHead(200).end());
  await open(registry.host).pushBlob('api', pushed);
  expect(registry.seen.map(({ line }) => line)).toEqual([`HEAD /v2/api/blobs/${blob.digest}`]);
});

it('mounts a blob of another repository where the registry lets it', async () => {
  const registry = await serve((request, response) => response.writeHead(request.method === 'HEAD' ? 404 : 201).end());
  await open(registry.host).takeBlob('api', blob, 'base');
  expect(registry.seen[1]?.line).toBe(`POST /v2/api/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}&from=base`);
  expect(registry.seen).toHaveLength(2);
});

it.each([
  ['other content', Buffer.from('{"architecture":"arm64"}'), 'where sha256:'],
  ['more content', Buffer.alloc(content.length + 1), 'sent more than the 24 bytes expected'],
])('takes no %s for a blob', async (_, body, message) => {
  const registry = await serve((_request, response) => response.end(body));
  await expect(open(registry.host).readBlob('api', blob)).rejects.toThrow(message);
});

it('ends at once when cancelled', async () => {
  const cancel = new AbortController();
  const registry = await serve(() => cancel.abort(new Error('cancelled')));
  await expect(open(registry.host, cancel.signal).readBlob('api', blob)).rejects.toThrow('cancelled');
});

it.each([
  ['127.0.0.1:5000', 'http://127.0.0.1:5000/v2/'],
  ['localhost:5000', 'http://localhost:5000/v2/'],
  ['[::1]:5000', 'http://[::1]:5000/v2/'],
  ['000000000000.dkr.ecr.eu-west-1.amazonaws.com', 'https://000000000000.dkr.ecr.eu-west-1.amazonaws.com/v2/'],
  ['127.0.0.1.example.com', 'https://127.0.0.1.example.com/v2/'],
])('speaks to %s at %s', (host, url) => {
  expect(registryUrl(host, '/v2/').href).toBe(url);
});
