import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Which calls to hold on their way to AWS, so that a test can act in the middle of one. */
export interface Hold {
  /** For example `UpdateService`. */
  action: string;
  /** Only calls that name this service, family or repository. */
  about: string;
  /** Before the call reaches AWS, or after it took effect and before its answer is sent. */
  moment: 'before' | 'after';
  /** Only while this is true; asked when a call arrives. */
  when?: () => boolean | Promise<boolean>;
}

export interface Held {
  /** Whether a call was held so far. */
  reached: () => boolean;
  /** Lets the held calls go on, and holds none any more. */
  release: () => void;
}

export interface HoldingFront {
  endpoint: string;
  hold(hold: Hold): Held;
  close(): Promise<void>;
}

interface Switch {
  hold: Hold;
  reached: boolean;
  released: Promise<void>;
}

/**
 * Stands before an AWS endpoint and passes every call on. A call whose client is gone while it is held before its
 * effect never reaches AWS, as a request on a cut line would not.
 */
export async function openHoldingFront(upstream: string): Promise<HoldingFront> {
  const switches = new Set<Switch>();
  const closing = new AbortController();

  async function held(moment: Hold['moment'], action: string, body: string): Promise<void> {
    for (const one of switches) {
      const { hold } = one;
      if (hold.moment !== moment || hold.action !== action || !body.includes(`"${hold.about}"`)) continue;
      if (hold.when !== undefined && !(await hold.when())) continue;
      one.reached = true;
      await one.released;
    }
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    await held('before', action, body);
    if (request.socket.destroyed) return;
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url ?? '/', upstream), {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      body,
      signal: closing.signal,
    });
    const content = Buffer.from(await answer.arrayBuffer());
    await held('after', action, body);
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      'x-amzn-requestid': answer.headers.get('x-amzn-requestid') ?? '',
    });
    response.end(content);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 300_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(hold) {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const one: Switch = { hold, reached: false, released };
      switches.add(one);
      return {
        reached: () => one.reached,
        release: () => {
          switches.delete(one);
          release();
        },
      };
    },
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
