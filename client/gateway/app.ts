import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { callerAddress } from './address';
import { messageOf } from '../errors';
import { problemOf } from './client-problem';
import { GatewayProblem, unavailable } from './problem';
import { abortRoute, decisionRoute } from './routes/steer';
import { readRoute } from './routes/read';
import { startRoute } from './routes/start';
import type { GatewayContext, GatewayEnv, GatewayWorld } from './world';

/** Answers are for programs, about one moment, and never for a page. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** The gateway's HTTP interface; docs/gateway.md describes it. There is no CORS: no page of any origin may use it. */
export function gatewayApp(world: GatewayWorld): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  app.use(async (c, next) => {
    const began = performance.now();
    c.set('requestId', randomUUID());
    c.set('facts', {});
    const { remoteAddress } = c.env.incoming.socket;
    c.set('address', callerAddress(remoteAddress, c.req.header('x-forwarded-for'), world.forwardedHops));
    await next();
    finish(c, world, performance.now() - began);
  });
  app.use('/v1/*', async (c, next) => {
    if (world.stopping.aborted) throw unavailable('The gateway is stopping; try again shortly.', 1);
    world.perAddress.take(c.var.address);
    await (c.req.method === 'GET' ? world.reads : world.writes).run(next);
  });

  const route = (c: GatewayContext, name: string): void => void (c.var.facts.route = name);
  const only = (allow: string) => (): never => {
    throw new GatewayProblem('method-not-allowed', `This address takes ${allow} only.`, { allow });
  };
  app.post('/v1/releases', (c) => (route(c, '/v1/releases'), startRoute(c, world)));
  app.all('/v1/releases', only('POST'));
  app.get('/v1/releases/:release', (c) => (route(c, '/v1/releases/:release'), readRoute(c, world)));
  app.all('/v1/releases/:release', only('GET'));
  for (const decision of ['approve', 'reject'] as const) {
    const path = `/v1/releases/:release/${decision}`;
    app.post(path, (c) => (route(c, path), decisionRoute(c, world, decision)));
    app.all(path, only('POST'));
  }
  app.post('/v1/releases/:release/abort', (c) => (route(c, '/v1/releases/:release/abort'), abortRoute(c, world)));
  app.all('/v1/releases/:release/abort', only('POST'));

  app.get('/healthz', (c) => (route(c, '/healthz'), c.json({ status: 'ok' })));
  app.all('/healthz', only('GET'));
  app.get('/readyz', (c) => (route(c, '/readyz'), readyRoute(c, world)));
  app.all('/readyz', only('GET'));

  app.notFound((c) => answer(c, new GatewayProblem('not-found', 'There is nothing at this address.')));
  app.onError((error, c) => answer(c, problemOf(error)));
  return app;
}

async function readyRoute(c: GatewayContext, world: GatewayWorld): Promise<Response> {
  const { ready, checks, reasons } = await world.ready();
  if (reasons.length > 0) c.var.facts.detail = reasons.join('; ');
  const now = ready && !world.stopping.aborted;
  return c.json({ ready: now, checks }, now ? 200 : 503);
}

function answer(c: GatewayContext, problem: GatewayProblem): Response {
  const { code, message, status, headers } = problem;
  c.var.facts.problem = { code, message };
  if (problem.cause !== undefined) c.var.facts.detail = messageOf(problem.cause);
  return c.json({ error: { code, message, requestId: c.var.requestId } }, status, { ...headers });
}

function finish(c: GatewayContext, world: GatewayWorld, durationMs: number): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  c.res.headers.set('x-request-id', c.var.requestId);
  if (world.stopping.aborted) c.res.headers.set('connection', 'close');
  const { route = 'unknown', ...facts } = c.var.facts;
  // Asked every few seconds by whoever keeps the process alive.
  if ((route === '/healthz' || route === '/readyz') && c.res.status === 200) return;
  world.record({
    kind: 'request',
    at: new Date().toISOString(),
    requestId: c.var.requestId,
    method: c.req.method,
    route,
    status: c.res.status,
    durationMs: Math.round(durationMs),
    address: c.var.address,
    ...facts,
  });
}
