import { appendFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen, shut } from '../../../local/aws/listen';

const ANSWER_WITHIN_MS = 60_000;

/** One request as it was sent and the answer to it, as they went over the wire. Bodies are UTF-8. */
interface Pair {
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: string };
  response: { status: number; headers: IncomingHttpHeaders; body: string };
}

export interface Recorder {
  endpoint: string;
  close(): Promise<void>;
}

/**
 * Stands before an AWS endpoint, passes every call on unchanged, and appends what went both ways to `file`, one
 * {@link Pair} a line, before the client hears the answer. A connection that is cut from behind is cut here too, and leaves
 * no line.
 */
export async function openRecorder(upstream: string, file: string): Promise<Recorder> {
  writeFileSync(file, '');
  const { hostname, port } = new URL(upstream);

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const sent = await buffer(request);
    const answer = await ask({ hostname, port, method, path, headers }, sent);
    const body = await buffer(answer);
    const status = answer.statusCode ?? 0;
    const pair: Pair = {
      request: { method, path, headers, body: sent.toString() },
      response: { status, headers: answer.headers, body: body.toString() },
    };
    appendFileSync(file, `${JSON.stringify(pair)}\n`);
    response.writeHead(status, answer.headers as OutgoingHttpHeaders).end(body);
  }

  const server = http.createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  // Longer than clients keep idle connections.
  server.keepAliveTimeout = 300_000;
  const own = await listen(server, 0, 'The recorder');
  return { endpoint: `http://127.0.0.1:${own}`, close: () => shut(server) };
}

function ask(options: http.RequestOptions, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    http
      .request({ ...options, agent: false, signal }, resolve)
      .on('error', reject)
      .end(body);
  });
}
