import type { EnvironmentData } from './environment-data';
import type { DeploymentOutcome, DeploymentRequest } from './messages';

/** How many ends and verified revisions an environment remembers (design section 4). */
export const REMEMBERED_OUTCOMES = 50;
export const REMEMBERED_REVISIONS = 20;

/** Records the end of a request whose turn never comes. */
export function endBeforeTurn(
  data: EnvironmentData,
  { requestId, environment, commit, actor }: DeploymentRequest,
  end: Pick<DeploymentOutcome, 'outcome' | 'cause'>,
  now: number,
): EnvironmentData {
  return remember(data, { requestId, environment: environment.name, commit, actor, at: now, ...end });
}

/** A request with an outcome waits no longer, and is never granted again. */
export function remember(data: EnvironmentData, outcome: DeploymentOutcome): EnvironmentData {
  return {
    ...data,
    queue: data.queue.filter((request) => request.requestId !== outcome.requestId),
    recent: [...data.recent, outcome].slice(-REMEMBERED_OUTCOMES),
  };
}
