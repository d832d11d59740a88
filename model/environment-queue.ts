import type {
  DeploymentOutcome,
  DeploymentRequest,
  EnvironmentHold,
  RequestStanding,
  VerifiedRevision,
  WithdrawAnswer,
} from './messages';
import type { EnvironmentSpec } from './plan';

/** How many ends and verified revisions an environment remembers (design section 4). */
export const REMEMBERED_OUTCOMES = 50;
export const REMEMBERED_REVISIONS = 20;

/** The deployment whose turn it is. */
export interface CurrentDeployment {
  requestId: string;
  releaseId: string;
  commit: string;
  environment: EnvironmentSpec;
  /** Absent while its turn is being offered and it is not started yet. */
  runId?: string;
  /** What starts it; absent for a stranger, which an environment that is gone has started. */
  request?: DeploymentRequest;
}

/** All that an environment knows. Plain JSON: it crosses continue-as-new. */
export interface EnvironmentData {
  queue: DeploymentRequest[];
  current?: CurrentDeployment;
  hold?: EnvironmentHold;
  recent: DeploymentOutcome[];
  verified: VerifiedRevision[];
  /** The last deployment did not end by itself: what runs must be looked at before the next one. */
  unclean?: { cause: string; environment: EnvironmentSpec };
}

export function emptyEnvironment(): EnvironmentData {
  return { queue: [], recent: [], verified: [] };
}

/** Where a request stands. Repeating the question is harmless. */
export function standingOf(data: EnvironmentData, requestId: string): RequestStanding {
  const outcome = data.recent.find((ended) => ended.requestId === requestId);
  if (outcome) return { kind: 'ended', outcome };
  if (data.current?.requestId === requestId) return { kind: 'current' };
  const index = data.queue.findIndex((request) => request.requestId === requestId);
  if (index < 0) return { kind: 'unknown' };
  return { kind: 'queued', position: index + 1, reason: reasonToWait(data, index) };
}

function reasonToWait(data: EnvironmentData, index: number): string {
  if (data.hold) return `the environment is on hold: ${data.hold.reason}`;
  const ahead = index === 0 ? '' : `, ${index} ahead in the queue`;
  if (data.current) return `${data.current.releaseId} is being deployed${ahead}`;
  return index === 0 ? 'next in line' : `${index} ahead in the queue`;
}

/** Adds a request at the end. One that is known already, in whatever state, is not added again. */
export function enqueue(data: EnvironmentData, request: DeploymentRequest): EnvironmentData {
  if (standingOf(data, request.requestId).kind !== 'unknown') return data;
  return { ...data, queue: [...data.queue, request] };
}

/** Takes a waiting request out. One in flight stays: it is aborted, not withdrawn. */
export function withdraw(data: EnvironmentData, requestId: string): { data: EnvironmentData; answer: WithdrawAnswer } {
  if (data.current?.requestId === requestId) return { data, answer: { result: 'in flight' } };
  const queue = data.queue.filter((request) => request.requestId !== requestId);
  const removed = queue.length < data.queue.length;
  return { data: { ...data, queue }, answer: { result: removed ? 'removed' : 'unknown' } };
}

/** The request whose turn it is, or undefined while somebody is at work, the line is held, or nobody waits. */
export function nextInLine(data: EnvironmentData): DeploymentRequest | undefined {
  if (data.current || data.hold || data.unclean) return undefined;
  return data.queue[0];
}

/** Makes the request the current one: from here on it is aborted, not withdrawn. */
export function offer(data: EnvironmentData, request: DeploymentRequest): EnvironmentData {
  const { requestId, releaseId, commit, environment } = request;
  return {
    ...data,
    current: { requestId, releaseId, commit, environment, request },
    queue: data.queue.filter((waiting) => waiting.requestId !== requestId),
  };
}

/** The offered deployment runs now. */
export function started(data: EnvironmentData, runId: string): EnvironmentData {
  return data.current ? { ...data, current: { ...data.current, runId } } : data;
}

/** The release is gone, or wants its turn no longer. */
export function dropOffer(data: EnvironmentData): EnvironmentData {
  const { current, ...rest } = data;
  return rest;
}

/**
 * Somebody else's deployment runs under the fixed id: the offered request goes back to the head of the queue and the
 * stranger is waited for. It may be the very same request, which then does not wait twice.
 */
export function giveWay(data: EnvironmentData, stranger: CurrentDeployment | undefined): EnvironmentData {
  const { current, ...rest } = data;
  const back = current?.request && current.requestId !== stranger?.requestId ? [current.request] : [];
  const queue = rest.queue.filter((request) => request.requestId !== stranger?.requestId);
  return { ...rest, queue: [...back, ...queue], ...(stranger && { current: stranger }) };
}

/** Records an end under its own request id: a request with an outcome is never granted again. */
export function recordEnd(data: EnvironmentData, outcome: DeploymentOutcome): EnvironmentData {
  const { queue, hold, recent, verified, unclean } = data;
  return {
    ...(hold && { hold }),
    ...(unclean && { unclean }),
    queue: queue.filter((request) => request.requestId !== outcome.requestId),
    recent: [...recent, outcome].slice(-REMEMBERED_OUTCOMES),
    verified: outcome.revision ? [...verified, outcome.revision].slice(-REMEMBERED_REVISIONS) : verified,
  };
}

/**
 * Whether an end leaves the environment in a known state.
 *
 * `rollback-failed` and `undetermined` do not: what runs then was never proved.
 */
export function isCleanEnd(outcome: DeploymentOutcome['outcome']): boolean {
  return outcome !== 'rollback-failed' && outcome !== 'undetermined';
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

export interface RunningRevision {
  service: string;
  taskDefinitionArn: string;
  /** Carries our tags. */
  ours: boolean;
  verified: boolean;
}
