import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readBody } from './exchange';
import type { Answer, Exchange } from './exchange';
import type { Faults } from './faults';
import type { CallRecord } from './record';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Longer than clients keep idle connections: a server that hangs up first looks like a fault that nobody asked for. */
const KEEP_ALIVE_MS = 300_000;

/** How the protocols understand a request; given once the port is known, since services name it in their answers. */
export interface Protocols {
  json(request: IncomingMessage, body: Buffer, requestId: string): Exchange;
  form(request: IncomingMessage, body: Buffer, requestId: string): Exchange;
  /** Reads the body itself, since blobs are large. */
  registry(request: IncomingMessage): Exchange;
}

export interface Front {
  port: number;
  /** Begins to answer. Requests that come earlier wait. */
  serve(protocols: Protocols): void;
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

/**
 * Opens the one HTTP server of the local AWS on 127.0.0.1; port 0 takes a free one.
 * Throws an Error of one sentence when the port is in use.
 */
export async function openFront(port: number, faults: Faults, record: CallRecord): Promise<Front> {
  const closing = new AbortController();
  let serve: (protocols: Protocols) => void = () => undefined;
  const protocols = new Promise<Protocols>((resolve) => {
    serve = resolve;
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const time = new Date().toISOString();
    const requestId = randomUUID();
    const exchange = await understand(request, requestId, await protocols);
    const { service, action, accessKeyId, rejected } = exchange;
    const fault = rejected ? undefined : faults.take(service, action);
    const keep = (errorCode?: string) => {
      const kept = { time, service, action, request: exchange.request, errorCode, requestId, accessKeyId };
      record.add({ ...kept, fault: fault?.kind });
    };

    if (fault?.kind === 'reset') {
      keep();
      request.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'slow') await delay(fault.ms, undefined, { signal: closing.signal });
    const kind = fault?.kind;
    const refuses = kind === 'throttle' || kind === 'error' || kind === 'deny';
    const outcome = rejected ?? (refuses ? exchange.refuse(kind) : await perform(exchange));
    keep(outcome.error);
    if (fault?.kind === 'lose-answer') request.socket.resetAndDestroy();
    else await send(response, requestId, outcome);
  }

  const server = createServer((request, response) => {
    // A client that goes away in mid-request ends here too: there is nobody left to answer.
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    serve: (given) => serve(given),
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function understand(request: IncomingMessage, requestId: string, protocols: Protocols): Promise<Exchange> {
  if (/^\/v2(\/|$|\?)/.test(request.url ?? '')) return protocols.registry(request);
  const body = await readBody(request, BODY_LIMIT_BYTES);
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return isForm ? protocols.form(request, body, requestId) : protocols.json(request, body, requestId);
}

async function perform(exchange: Exchange): Promise<Answer> {
  try {
    return await exchange.perform();
  } catch (error) {
    return exchange.failed(error);
  }
}

async function send(response: ServerResponse, requestId: string, { status, headers, body }: Answer): Promise<void> {
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const length = isWhole ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { 'x-amzn-requestid': requestId, ...length, ...headers });
  if (response.req.method === 'HEAD') response.end();
  else if (isWhole) response.end(body);
  else await pipeline(createReadStream(body.file), response);
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new Error(
    `The local AWS cannot listen on 127.0.0.1:${port}: the port is in use; stop the program that has it or choose another port.`,
  );
}
