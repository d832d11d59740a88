import { get } from 'node:http';
import type { ClientRequest } from 'node:http';

export type TargetState = 'initial' | 'healthy' | 'unhealthy';

export interface HealthCheckSettings {
  path: string;
  /** Status codes that pass, as Elastic Load Balancing writes them: `200`, `200,202`, `200-299`. */
  matcher: string;
  intervalMs: number;
  timeoutMs: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

/**
 * Asks a port of 127.0.0.1 for its health, from now on until the answer is called. Reports changes of state only, with the
 * load balancer's reason for a bad one.
 */
export function watchTarget(
  port: number,
  settings: HealthCheckSettings,
  report: (state: TargetState, reason: string | undefined) => void,
): () => void {
  let over = false;
  let asking: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  let state: TargetState = 'initial';
  let passed = 0;
  let failed = 0;

  const check = async () => {
    const reason = await complaint(port, settings, (request) => (asking = request));
    if (over) return;
    passed = reason === undefined ? passed + 1 : 0;
    failed = reason === undefined ? 0 : failed + 1;
    const next =
      passed >= settings.healthyThreshold ? 'healthy' : failed >= settings.unhealthyThreshold ? 'unhealthy' : state;
    if (next !== state) report((state = next), reason);
    timer = setTimeout(() => void check(), settings.intervalMs);
  };
  void check();
  return () => {
    over = true;
    asking?.destroy();
    clearTimeout(timer);
  };
}

/** Undefined when the target passes, else why it does not, in the load balancer's words. */
function complaint(
  port: number,
  settings: HealthCheckSettings,
  onRequest: (request: ClientRequest) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(settings.timeoutMs);
    const request = get({ host: '127.0.0.1', port, path: settings.path, agent: false, signal }, (answer) => {
      answer.on('error', () => undefined).resume();
      const status = answer.statusCode ?? 0;
      resolve(matches(settings.matcher, status) ? undefined : `Health checks failed with these codes: [${status}]`);
    });
    onRequest(request);
    request.on('error', () => resolve(signal.aborted ? 'Request timed out' : 'Health checks failed'));
  });
}

function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((range) => {
    const [from = NaN, to = from] = range.split('-').map(Number);
    return from <= status && status <= to;
  });
}
