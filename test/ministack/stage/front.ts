import http from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../../local/temporal/ports';
import type { JsonObject } from '../../../model/json';
import type { Corrections } from './corrections';

const ANSWER_WITHIN_MS = 30_000;

export interface RecordedCall {
  accessKeyId: string;
  /** `service:action`, as policies name it. */
  action: string;
  request: JsonObject;
  /** HTTP status of the answer. */
  status: number;
}

/** Stands before ministack's API: records every call, and corrects the answers. Requests pass as they are, signature included. */
export interface Front {
  endpoint: string;
  calls: RecordedCall[];
  close(): Promise<void>;
}

/** `upstream` is `HOST:PORT`. */
export async function openFront(upstream: string, corrections: Corrections): Promise<Front> {
  const calls: RecordedCall[] = [];
  const server = http.createServer((request, response) => {
    void (async () => {
      const body = await readAll(request);
      const answer = await forward(upstream, request, body);
      const called = { ...subjectOf(request.headers, body), status: answer.status };
      calls.push(called);
      const isJson = String(answer.headers['content-type']).includes('json') && answer.status < 300;
      const corrected = isJson
        ? Buffer.from(JSON.stringify(corrections.apply(called.action, parse(answer.body))))
        : answer.body;
      const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
      response.writeHead(answer.status, { ...headers, 'content-length': corrected.length }).end(corrected);
    })().catch(() => response.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    endpoint: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** With the headers that came, `host` among them: it is signed. */
async function forward(upstream: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const [host, port] = upstream.split(':');
  const { method = 'POST', url: path = '/', headers } = request;
  const asked = http.request({ host, port, method, path, headers, agent: false, timeout: ANSWER_WITHIN_MS });
  asked.on('timeout', () => asked.destroy(new Error('ministack did not answer')));
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  asked.end(body);
  const [response] = await answered;
  return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response) };
}

/** Who asks for what: the key and the service stand in the signature's scope, the action in a header or the form. */
function subjectOf(
  headers: IncomingHttpHeaders,
  body: Buffer,
): Pick<RecordedCall, 'accessKeyId' | 'action' | 'request'> {
  const scope = /Credential=([^/]*)\/\d+\/[^/]*\/([^/]*)\//.exec(headers.authorization ?? '');
  const target = headers['x-amz-target'];
  const form = typeof target === 'string' ? undefined : new URLSearchParams(body.toString());
  const action = typeof target === 'string' ? target.split('.').at(-1) : form?.get('Action');
  return {
    accessKeyId: scope?.[1] ?? '',
    action: `${scope?.[2] ?? ''}:${action ?? ''}`,
    request: form === undefined ? parse(body) : Object.fromEntries(form),
  };
}

function parse(body: Buffer): JsonObject {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as JsonObject);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
