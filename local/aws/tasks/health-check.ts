import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../contract';
import type { RunningContainer } from './runtime';

/** A container definition's `healthCheck`, with AWS's defaults; `interval` and `startPeriod` in scaled milliseconds. */
export interface HealthCheck {
  command: string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
}

/** Reads the definition's `healthCheck`; undefined when there is none, or one that says NONE. */
export function readHealthCheck(definition: JsonObject | undefined, secondMs: number): HealthCheck | undefined {
  const [kind, ...rest] = list(definition?.['command']);
  if (!definition || kind === undefined || kind === 'NONE') return undefined;
  const number = (key: string, usual: number) => (typeof definition[key] === 'number' ? definition[key] : usual);
  return {
    command: kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : kind === 'CMD' ? rest : [kind, ...rest],
    intervalMs: number('interval', 30) * secondMs,
    timeoutMs: number('timeout', 5) * 1_000,
    retries: number('retries', 3),
    startPeriodMs: number('startPeriod', 0) * secondMs,
  };
}

/**
 * Checks until `signal` aborts, and reports every change. As Docker does: the first check comes after one interval,
 * failures within the start period do not count until one check has passed.
 */
export async function watchHealth(
  check: HealthCheck,
  container: RunningContainer,
  report: (status: 'HEALTHY' | 'UNHEALTHY') => void,
  signal: AbortSignal,
): Promise<void> {
  const startPeriodEnds = Date.now() + check.startPeriodMs;
  let passedOnce = false;
  let failures = 0;
  for (;;) {
    await sleep(check.intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const passed = await container.probe(check.command, check.timeoutMs);
    // Read anew: the task may have been stopped during the probe, which then says nothing about health.
    if (isAborted(signal)) return;
    if (passed) {
      passedOnce = true;
      failures = 0;
      report('HEALTHY');
    } else if (passedOnce || Date.now() >= startPeriodEnds) {
      failures += 1;
      if (failures >= check.retries) report('UNHEALTHY');
    }
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
