import type { JsonObject } from '../contract';
import { flag, integer, object } from '../input';

/** The circuit breaker opens after failures in a row of half the desired count, within these bounds. */
const LEAST_FAILURES = 3;
const MOST_FAILURES = 200;

export type RolloutRules = ReturnType<typeof rolloutRules>;

/** A service's deployment configuration, with AWS's defaults, when it wants `desired` tasks. */
export function rolloutRules(configuration: JsonObject, desired: number) {
  const breaker = object(configuration, 'deploymentCircuitBreaker') ?? {};
  return {
    minimumHealthyPercent: integer(configuration, 'minimumHealthyPercent') ?? 100,
    maximumPercent: integer(configuration, 'maximumPercent') ?? 200,
    breaker: {
      enable: flag(breaker, 'enable') ?? false,
      rollback: flag(breaker, 'rollback') ?? false,
      resetOnHealthyTask: flag(breaker, 'resetOnHealthyTask') ?? true,
      threshold: Math.min(MOST_FAILURES, Math.max(LEAST_FAILURES, Math.ceil(desired / 2))),
    },
  };
}

/** One wanted task, as the rolling update sees it. */
export interface TaskFacts {
  id: string;
  isPrimary: boolean;
  healthy: boolean;
  createdAt: number;
}

/**
 * What a rolling update does next: how many tasks of the PRIMARY to start, and which tasks to stop. Never more than
 * `maximumPercent` run. An old healthy task is stopped only when at least `desired` others are healthy, or, where there is
 * no room for a new one, as far down as `minimumHealthyPercent`.
 */
export function nextMoves(facts: {
  desired: number;
  rules: Pick<RolloutRules, 'minimumHealthyPercent' | 'maximumPercent'>;
  /** False while the PRIMARY waits before its next start. */
  mayStart: boolean;
  /** The PRIMARY has failed without a rollback: what still runs is kept. */
  abandoned: boolean;
  tasks: TaskFacts[];
}): { start: number; stop: string[] } {
  const { desired, rules, tasks } = facts;
  const minimum = Math.ceil((desired * rules.minimumHealthyPercent) / 100);
  const maximum = Math.floor((desired * rules.maximumPercent) / 100);
  const primary = tasks.filter(({ isPrimary }) => isPrimary).sort(firstToGo);
  const old = tasks.filter(({ isPrimary }) => !isPrimary).sort(firstToGo);

  const surplus = primary.slice(0, Math.max(0, primary.length - desired));
  const missing = Math.max(0, desired - primary.length);
  const room = Math.max(0, maximum - tasks.length);
  const lacking = facts.mayStart ? Math.max(0, missing - room) : 0;

  const healthy = tasks.filter((task) => task.healthy && !surplus.includes(task)).length;
  const spare = Math.max(healthy - desired, Math.min(lacking, healthy - minimum), 0);
  const unhealthyOld = facts.abandoned && desired > 0 ? [] : old.filter((task) => !task.healthy);
  const healthyOld = old.filter((task) => task.healthy).slice(0, spare);
  return {
    start: facts.mayStart ? Math.min(missing, room) : 0,
    stop: [...surplus, ...unhealthyOld, ...healthyOld].map(({ id }) => id),
  };
}

/** Unhealthy tasks go first, then the oldest. */
function firstToGo(one: TaskFacts, other: TaskFacts): number {
  return Number(one.healthy) - Number(other.healthy) || one.createdAt - other.createdAt;
}
