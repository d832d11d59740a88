import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../contract';
import { integer, texts } from '../input';
import type { RunningContainer } from './runtime';

/**
 * Runs a container definition's `healthCheck` until `signal` aborts, and reports its outcome. As Docker does: the first
 * check comes after one interval, failures within the start period do not count until one check has passed.
 * `secondMs` is what a second of `interval` and `startPeriod` takes.
 */
export async function watchHealth(
  definition: JsonObject,
  secondMs: number,
  container: RunningContainer,
  report: (status: 'HEALTHY' | 'UNHEALTHY') => void,
  signal: AbortSignal,
): Promise<void> {
  const [kind, ...rest] = texts(definition, 'command') ?? [];
  if (kind === undefined || kind === 'NONE') return;
  const command = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : kind === 'CMD' ? rest : [kind, ...rest];
  // The defaults are AWS's.
  const intervalMs = (integer(definition, 'interval') ?? 30) * secondMs;
  const timeoutMs = (integer(definition, 'timeout') ?? 5) * 1_000;
  const retries = integer(definition, 'retries') ?? 3;
  const startPeriodEnds = Date.now() + (integer(definition, 'startPeriod') ?? 0) * secondMs;
  let passedOnce = false;
  let failures = 0;
  const check = async () => {
    await sleep(intervalMs, undefined, { signal });
    const passed = await container.probe(command, timeoutMs);
    // The task may have been stopped during the probe, which then says nothing about health.
    signal.throwIfAborted();
    passedOnce ||= passed;
    if (passed) failures = 0;
    else if (passedOnce || Date.now() >= startPeriodEnds) failures += 1;
    if (passed) report('HEALTHY');
    else if (failures >= retries) report('UNHEALTHY');
  };
  for (;;) await check();
}
