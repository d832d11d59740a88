import { shortCommit } from './commit';
import type { CurrentDeployment, EnvironmentData, Unclean } from './environment-data';
import { withErrand } from './environment-data';
import { holdAfterRollback, withHold } from './environment-hold';
import { recordEnd } from './environment-queue';
import type { DeploymentOutcome, EnvironmentSight, ServiceSight, VerifiedRevision } from './messages';

/** The end of a deployment that closed without a word of its own. */
export function cutOff(current: CurrentDeployment, cause: string, now: number): DeploymentOutcome {
  const { requestId, environment, commit, request } = current;
  return {
    requestId,
    environment: environment.name,
    commit,
    outcome: 'undetermined',
    cause: `the deployment of ${shortCommit(commit)} was cut off: ${cause}`,
    at: now,
    ...(request && { actor: request.actor }),
  };
}

/** What an environment knows when its current deployment has ended, and what is left to say. */
export function afterEnd(
  data: EnvironmentData,
  current: CurrentDeployment,
  outcome: DeploymentOutcome,
  now: number,
): EnvironmentData {
  const ended = recordEnd(data, outcome);
  if (!isCleanEnd(outcome.outcome)) {
    return { ...ended, unclean: { cause: outcome.cause, environment: current.environment } };
  }
  if (outcome.outcome !== 'released') return ended;
  if (current.rollback) return holdAfterRollback(ended, current, now);
  const { releaseId, commit, environment } = current;
  const news = { environment: environment.name, commit, releaseId, what: 'released' as const };
  return withErrand(ended, { kind: 'announce', news });
}

/**
 * Whether an end leaves the environment in a known state.
 *
 * `rollback-failed` and `undetermined` do not: what runs then was never proved.
 */
export function isCleanEnd(outcome: DeploymentOutcome['outcome']): boolean {
  return outcome !== 'rollback-failed' && outcome !== 'undetermined';
}

/** Goes on, or holds for the reason that was found. One that a person resolved meanwhile goes on. */
export function afterLook(
  data: EnvironmentData,
  looked: Unclean,
  reason: string | undefined,
  now: number,
): EnvironmentData {
  const { unclean, ...rest } = data;
  if (unclean !== looked) return data;
  if (reason === undefined) return rest;
  return withHold(rest, { kind: 'unclean', reason: `${reason} (${looked.cause})`, since: now, by: 'sluice' });
}

export interface RunningRevision {
  service: string;
  taskDefinitionArn: string;
  /** Carries our tags. */
  ours: boolean;
  verified: boolean;
}

/**
 * After an unclean end: may the line go on, given what runs now?
 *
 * Answers undefined when what runs is known to be good, else the reason for a person to look.
 * A revision that is not ours was there before Sluice and is nobody's unfinished work.
 */
export function reasonToHold(running: RunningRevision[], verified: VerifiedRevision[]): string | undefined {
  const last = verified.at(-1);
  for (const service of running) {
    if (service.verified) continue;
    if (last?.taskDefinitions[service.service] === service.taskDefinitionArn) continue;
    if (!service.ours && last === undefined) continue;
    return `service ${service.service} runs ${service.taskDefinitionArn}, which nobody has verified`;
  }
  return undefined;
}

/** What was seen, compared with what was last verified here. */
export function sightOf(
  data: EnvironmentData,
  services: Omit<ServiceSight, 'drifted'>[],
  troubles: string[],
  now: number,
): EnvironmentSight {
  const last = data.verified.at(-1)?.taskDefinitions ?? {};
  return {
    at: now,
    services: services.map((seen) => ({
      ...seen,
      drifted: last[seen.service] !== undefined && last[seen.service] !== seen.taskDefinitionArn,
    })),
    ...(troubles.length > 0 && { trouble: troubles.join('; ') }),
  };
}
