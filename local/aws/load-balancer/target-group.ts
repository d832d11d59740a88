import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { listen, shut } from '../listen';
import { watchTarget } from './target-health';
import type { HealthCheckSettings, TargetState } from './target-health';

interface Target {
  port: number;
  state: TargetState;
  reason: string | undefined;
  inFlight: number;
  onIdle: (() => void) | undefined;
  unwatch: () => void;
}

export type TargetGroup = Awaited<ReturnType<typeof createTargetGroup>>;

/** A port of 127.0.0.1 (0 for a free one) whose requests go to healthy targets only, in turn. Rejects when it is taken. */
export async function createTargetGroup(fixedPort: number, healthCheck: HealthCheckSettings, onChange: () => void) {
  const targets = new Map<string, Target>();
  let turn = 0;

  const server = createServer((request, response) => {
    const healthy = [...targets.values()].filter(({ state }) => state === 'healthy');
    const target = healthy[turn++ % healthy.length];
    if (!target) {
      request.resume();
      response.writeHead(503, { 'content-type': 'text/plain' }).end('503 Service Temporarily Unavailable\n');
      return;
    }
    target.inFlight += 1;
    forward(target.port, request, response, () => {
      target.inFlight -= 1;
      if (target.inFlight === 0) target.onIdle?.();
    });
  });
  const port = await listen(server, fixedPort, 'The load balancer');

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Adds a target, once; it gets requests once it has passed its health checks. */
    register(id: string, targetPort: number): void {
      if (targets.has(id)) return;
      const unwatch = watchTarget(targetPort, healthCheck, (state, reason) => {
        Object.assign(target, { state, reason });
        onChange();
      });
      const idle = { reason: undefined, inFlight: 0, onIdle: undefined };
      const target: Target = { port: targetPort, state: 'initial', ...idle, unwatch };
      targets.set(id, target);
    },
    /** Takes the target out of rotation at once; resolves when its requests in flight are answered, or the time is over. */
    async deregister(id: string): Promise<void> {
      const target = targets.get(id);
      if (!target) return;
      targets.delete(id);
      target.unwatch();
      if (target.inFlight === 0) return;
      await new Promise<void>((resolve) => {
        const tooLong = setTimeout(resolve, healthCheck.timing.drainMs);
        target.onIdle = () => {
          clearTimeout(tooLong);
          resolve();
        };
      });
    },
    health: (id: string): Pick<Target, 'state' | 'reason'> | undefined => targets.get(id),
    close(): Promise<void> {
      for (const target of targets.values()) target.unwatch();
      targets.clear();
      return shut(server);
    },
  };
}

/** Headers that belong to one connection, not to the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'];

/** Passes a request to a port of 127.0.0.1 and its answer back; 502 when there is none. Calls `done` once, at the end of either. */
function forward(port: number, request: IncomingMessage, response: ServerResponse, done: () => void): void {
  const headers = { ...endToEnd(request.headers), 'x-forwarded-for': request.socket.remoteAddress };
  const target = { host: '127.0.0.1', port, method: request.method, path: request.url, headers, agent: false };
  const upstream = ask(target, (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
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
