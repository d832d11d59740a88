import { request as ask } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Headers that belong to one connection, not to the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'];

/** Passes a request to a port of 127.0.0.1 and its answer back; 502 when there is none. Calls `done` once, at the end of either. */
export function forward(port: number, request: IncomingMessage, response: ServerResponse, done: () => void): void {
  const upstream = ask(
    {
      host: '127.0.0.1',
      port,
      method: request.method,
      path: request.url,
      headers: {
        ...endToEnd(request.headers),
        'x-forwarded-for': request.socket.remoteAddress,
        'x-forwarded-proto': 'http',
      },
      agent: false,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    },
  );
  upstream.once('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('502 Bad Gateway\n');
  });
  response.once('close', () => {
    upstream.destroy();
    done();
  });
  request.on('error', () => upstream.destroy());
  request.pipe(upstream);
}

function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}
