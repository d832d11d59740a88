import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EcsTiming } from '../ecs/timing';

export type TargetState = 'initial' | 'healthy' | 'unhealthy';

export interface HealthCheckSettings {
  path: string;
  /** Status codes that pass, as Elastic Load Balancing writes them: `200`, `200,202`, `200-299`. */
  matcher: string;
  timing: EcsTiming;
}

/** Asks a port of 127.0.0.1 for its health until the answer is called. Reports changes of state, with the reason for a bad one. */
export function watchTarget(
  port: number,
  settings: HealthCheckSettings,
  report: (state: TargetState, reason: string | undefined) => void,
): () => void {
  const { timing } = settings;
  const over = new AbortController();
  let state: TargetState = 'initial';
  let passed = 0;
  let failed = 0;
  const check = async () => {
    const reason = await complaint(port, settings, over.signal);
    over.signal.throwIfAborted();
    passed = reason === undefined ? passed + 1 : 0;
    failed = reason === undefined ? 0 : failed + 1;
    const isDown = failed >= timing.loadBalancerUnhealthyThreshold;
    const next = passed >= timing.loadBalancerHealthyThreshold ? 'healthy' : isDown ? 'unhealthy' : state;
    if (next !== state) report((state = next), reason);
    await sleep(timing.loadBalancerIntervalMs, undefined, { signal: over.signal });
  };
  const checkOn = async () => {
    for (;;) await check();
  };
  checkOn().catch(() => undefined);
  return () => over.abort();
}

/** Undefined when the target passes, else why it does not, in the load balancer's words. */
function complaint(port: number, settings: HealthCheckSettings, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: settings.path, agent: false, signal }, (answer) => {
      answer.on('error', () => undefined).resume();
      const status = answer.statusCode ?? 0;
      resolve(matches(settings.matcher, status) ? undefined : `Health checks failed with these codes: [${status}]`);
    });
    const tooLong = setTimeout(() => {
      resolve('Request timed out');
      request.destroy();
    }, settings.timing.loadBalancerTimeoutMs);
    request.on('error', () => resolve('Health checks failed')).once('close', () => clearTimeout(tooLong));
  });
}

function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((range) => {
    const [from = NaN, to = from] = range.split('-').map(Number);
    return from <= status && status <= to;
  });
}
