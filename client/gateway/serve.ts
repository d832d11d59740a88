import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { getRequestListener } from '@hono/node-server';
import { messageOf, usageError } from '../errors';

export interface ServeLimits {
  headersWithinMs: number;
  /** Headers and body together. */
  requestWithinMs: number;
  /** Longer than load balancers keep an idle connection (60 s mostly), so that theirs is the first to be closed. */
  keepAliveMs: number;
  maxConnections: number;
  /** Requests under way get this long when the gateway stops. */
  graceMs: number;
}

export interface Listening {
  url: string;
  /** Stops accepting, waits for what is under way, then cuts what is left. Resolves when nothing is left. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;

/** Listens with Node's own limits against slow and large requests. Throws a ClientError (exit 2) when the address cannot be had. */
export async function serve(
  handle: (request: Request, bindings: HttpBindings) => Response | Promise<Response>,
  address: { host: string; port: number },
  limits: ServeLimits,
): Promise<Listening> {
  const listener = getRequestListener((request, bindings) => handle(request, bindings as HttpBindings), {
    // The process is not the gateway's alone: `Request` and `Response` stay Node's.
    overrideGlobalObjects: false,
    errorHandler: () => Response.json({ error: refusal(400) }, { status: 400 }),
  });
  const options: http.ServerOptions = {
    headersTimeout: limits.headersWithinMs,
    requestTimeout: limits.requestWithinMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const underWay = new Set<http.ServerResponse>();
  const server = http.createServer(options, (incoming, outgoing) => {
    underWay.add(outgoing);
    outgoing.once('close', () => underWay.delete(outgoing));
    void listener(incoming, outgoing);
  });
  server.maxConnections = limits.maxConnections;
  server.on('clientError', answerBrokenRequest);
  await listen(server, address);
  const { port, family, address: host } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`,
    close: () => close(server, underWay, limits.graceMs),
  };
}

function listen(server: http.Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(usageError(`Cannot listen on ${host}:${port}: ${messageOf(error)}.`, error)),
    );
    server.listen(port, host, resolve);
  });
}

/** Node would also wait for connections that were opened in advance and never used, which load balancers have. */
async function close(server: http.Server, underWay: ReadonlySet<http.ServerResponse>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const finished = Promise.all([...underWay].map((response) => once(response, 'close')));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
  await Promise.race([finished, late]);
  clearTimeout(timer);
  server.closeAllConnections();
  await closed;
}

/** What never became a request: too slow, too large, or not HTTP. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify({ error: refusal(status) });
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncache-control: no-store\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function refusal(status: 400 | 408 | 431): { code: string; message: string } {
  if (status === 408) return { code: 'timeout', message: 'The request did not arrive in time.' };
  if (status === 431) return { code: 'too-large', message: `The headers are larger than ${MAX_HEADER_BYTES} bytes.` };
  return { code: 'bad-request', message: 'This is not a request that HTTP/1.1 allows.' };
}
