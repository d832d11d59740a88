import type { EnvironmentData } from './environment-data';
import { withErrand } from './environment-data';
import { shortCommit } from './commit';
import { endBeforeTurn } from './environment-record';
import type { DeploymentRequest } from './messages';

/**
 * What an environment knows must fit into the 2 MB that Temporal lets a workflow carry over; a request has a few KB. A line
 * that long moves nowhere anyway.
 */
export const MOST_WAITING = 200;

/** Why a request may not wait; undefined when it may. */
export function refusalToWait(data: EnvironmentData, request: DeploymentRequest): string | undefined {
  const { queue, current, unsearched } = data;
  // It may be in flight itself.
  if (unsearched) return undefined;
  const { name, queue: policy } = request.environment;
  if (queue.length >= MOST_WAITING) return `${queue.length} requests wait in ${name} already; ask again when it moves`;
  if (policy !== 'reject') return undefined;
  const [first] = queue;
  const front = current
    ? `${current.releaseId} is being deployed`
    : first && `${first.releaseId} waits there already (asked for by ${first.actor})`;
  return front && `nobody waits behind another in ${name} (queue policy reject): ${front}`;
}

/** Two waiting requests, of which `newer` may descend from `older`. */
export interface Comparison {
  older: DeploymentRequest;
  newer: DeploymentRequest;
}

/**
 * What to ask Git about a request that came: each other that waits may be older than it, or newer.
 * In the order of the line; the same commit twice is neither.
 */
export function comparisons({ queue }: EnvironmentData, requestId: string): Comparison[] {
  const came = queue.find((request) => request.requestId === requestId);
  if (!came || came.rollback) return [];
  return queue
    .filter((other) => !other.rollback && other.commit !== came.commit)
    .flatMap((other) => [
      { older: other, newer: came },
      { older: came, newer: other },
    ])
    .filter(({ older }) => maySupersede(older));
}

/** Not one that a person spoke for: its commit is older on purpose, or it is to pass whatever stops the line. */
function maySupersede({ allowOlder, breakGlass }: DeploymentRequest): boolean {
  return allowOlder === undefined && !breakGlass;
}

/** Ends the older one. Does nothing when one of the two has gone meanwhile, or the older one's turn has come. */
export function supersede(data: EnvironmentData, older: string, newer: string, now: number): EnvironmentData {
  const ended = data.queue.find(({ requestId }) => requestId === older);
  const by = [...data.queue, ...(data.current ? [data.current] : [])].find(({ requestId }) => requestId === newer);
  if (!ended || !by || !maySupersede(ended)) return data;
  const cause = `superseded while it waited for its turn in ${ended.environment.name}: ${shortCommit(by.commit)} is newer and asks for it too (${by.releaseId})`;
  const next = endBeforeTurn(data, ended, { outcome: 'superseded', cause }, now);
  const outcome = next.recent.at(-1);
  return outcome ? withErrand(next, { kind: 'tell', releaseId: ended.releaseId, outcome }) : next;
}
