import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { refusalOf } from './exchange';
import type { Answer, Exchange } from './exchange';
import type { Faults } from './faults';
import { listen, shut } from './listen';
import type { CallRecord } from './record';

/** Longer than clients keep idle connections: a server that hangs up first looks like a fault that nobody asked for. */
const KEEP_ALIVE_MS = 300_000;

/** Finds out what a request asks for. */
export type Understand = (request: IncomingMessage, requestId: string) => Promise<Exchange>;

/** Opens the one HTTP server of the local AWS. Rejects with an Error of one sentence when the port is in use. */
export async function openFront(port: number, faults: Faults, record: CallRecord) {
  const closing = new AbortController();
  let serve: (understand: Understand) => void = () => undefined;
  const serving = new Promise<Understand>((resolve) => (serve = resolve));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const time = new Date().toISOString();
    const requestId = randomUUID();
    const understand = await serving;
    const exchange = await understand(request, requestId);
    const { service, action, accessKeyId, rejected, principal, permissions } = exchange;
    const fault = rejected ? undefined : faults.take(service, action);
    const kind = fault?.kind;
    const by = { accessKeyId, principal, permissions };
    const call = { time, service, action, request: exchange.request, requestId, ...by, fault: kind };

    if (kind === 'reset') {
      record.add({ ...call, errorCode: undefined });
      request.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'slow') await delay(fault.ms, undefined, { signal: closing.signal });
    const refusal = refusalOf(kind, exchange);
    const outcome = rejected ?? (refusal ? exchange.fail(refusal) : await exchange.perform());
    record.add({ ...call, errorCode: outcome.error });
    if (kind === 'lose-answer') request.socket.resetAndDestroy();
    else await send(response, requestId, outcome);
  }

  const server = createServer((request, response) => {
    // A client that goes away in mid-request ends here too: there is nobody left to answer.
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return {
    port: await listen(server, port, 'The local AWS'),
    /** Begins to answer; requests that come earlier wait. Services name the port in their answers, so it is known first. */
    serve: (understand: Understand): void => serve(understand),
    close(): Promise<void> {
      closing.abort();
      return shut(server);
    },
  };
}

async function send(response: ServerResponse, requestId: string, { status, headers, body }: Answer): Promise<void> {
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const length = isWhole ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { 'x-amzn-requestid': requestId, ...length, ...headers });
  if (response.req.method === 'HEAD') response.end();
  else if (isWhole) response.end(body);
  else await pipeline(createReadStream(body.file), response);
}
