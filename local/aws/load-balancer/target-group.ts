import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forward } from './forward';
import { watchTarget } from './target-health';
import type { HealthCheckSettings, TargetState } from './target-health';

/** A load balancer with one target group: a fixed port of 127.0.0.1 whose requests go to healthy targets only, in turn. */
export interface TargetGroup {
  arn: string;
  port: number;
  url: string;
  /** Adds a target, or does nothing when it is there. It gets requests once it has passed its health checks. */
  register(id: string, port: number): void;
  /** Takes the target out of rotation at once; resolves when its requests in flight are answered, or the time for it is over. */
  deregister(id: string): Promise<void>;
  health(id: string): { state: TargetState; reason: string | undefined } | undefined;
  close(): Promise<void>;
}

export interface TargetGroupOptions {
  arn: string;
  /** 0 for a free one. */
  port: number;
  healthCheck: HealthCheckSettings;
  drainMs: number;
  /** Told of every change of a target's health. */
  onChange: () => void;
}

interface Target {
  id: string;
  port: number;
  state: TargetState;
  reason: string | undefined;
  inFlight: number;
  onIdle: (() => void) | undefined;
  unwatch: () => void;
}

/** Opens the listener. Rejects with a clear sentence when the port is taken. */
export async function createTargetGroup(options: TargetGroupOptions): Promise<TargetGroup> {
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
  const port = await listen(server, options.port);

  return {
    arn: options.arn,
    port,
    url: `http://127.0.0.1:${port}`,
    register: (id, targetPort) => {
      if (targets.has(id)) return;
      const target: Target = {
        id,
        port: targetPort,
        state: 'initial',
        reason: undefined,
        inFlight: 0,
        onIdle: undefined,
        unwatch: watchTarget(targetPort, options.healthCheck, (state, reason) => {
          Object.assign(target, { state, reason });
          options.onChange();
        }),
      };
      targets.set(id, target);
    },
    deregister: async (id) => {
      const target = targets.get(id);
      if (!target) return;
      targets.delete(id);
      target.unwatch();
      if (target.inFlight === 0) return;
      await new Promise<void>((resolve) => {
        const tooLong = setTimeout(resolve, options.drainMs);
        target.onIdle = () => {
          clearTimeout(tooLong);
          resolve();
        };
      });
    },
    health: (id) => targets.get(id),
    close: async () => {
      for (const target of targets.values()) target.unwatch();
      targets.clear();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `The load balancer cannot listen on 127.0.0.1:${port}: the port is in use. Name another, or 0 for a free one.`,
    );
  }
  return (server.address() as AddressInfo).port;
}
