import type { CurrentDeployment, EnvironmentData } from './environment-data';
import { withErrand } from './environment-data';
import { isDoubtful, whoAndWhy } from './environment-hold';
import { reasonToWait } from './environment-line';
import { refusalToWait } from './environment-policy';
import { REMEMBERED_REVISIONS, endBeforeTurn, remember } from './environment-record';
import type {
  BreakGlass,
  DeploymentOutcome,
  DeploymentRequest,
  RequestStanding,
  WaitingRequest,
  WithdrawAnswer,
} from './messages';

/** Where a request stands. Repeating the question is harmless. */
export function standingOf(data: EnvironmentData, requestId: string, now: number): RequestStanding {
  const outcome = data.recent.find((ended) => ended.requestId === requestId);
  if (outcome) return { kind: 'ended', outcome };
  if (data.current?.requestId === requestId) return { kind: 'current' };
  const index = data.queue.findIndex((request) => request.requestId === requestId);
  if (index < 0) return { kind: 'unknown' };
  return { kind: 'queued', position: index + 1, reason: reasonToWait(data, index, now) };
}

/** Everybody who waits, in order. */
export function waitingIn(data: EnvironmentData, now: number): WaitingRequest[] {
  return data.queue.map(({ requestId, releaseId, commit, actor }, index) => ({
    requestId,
    releaseId,
    commit,
    actor,
    position: index + 1,
    reason: reasonToWait(data, index, now),
  }));
}

/**
 * Adds a request at the end, a rollback by hand before all that are none. One that is known already, in whatever state, is
 * not added again; one that may not wait is ended at once.
 */
export function enqueue(data: EnvironmentData, request: DeploymentRequest, now: number): EnvironmentData {
  if (standingOf(data, request.requestId, now).kind !== 'unknown') return data;
  const known = { ...data, spec: request.environment };
  if (request.rollback) return { ...known, queue: withRollback(data.queue, request) };
  const refusal = refusalToWait(data, request);
  if (refusal !== undefined) return endBeforeTurn(known, request, { outcome: 'refused', cause: refusal }, now);
  const queued = { ...known, queue: [...data.queue, request] };
  if (request.environment.queue !== 'latest') return queued;
  const { releaseId, commit, environment } = request;
  const news = { environment: environment.name, commit, releaseId, what: 'asked' as const };
  const compared =
    queued.queue.length > 1 ? withErrand(queued, { kind: 'compare', requestId: request.requestId }) : queued;
  return withErrand(compared, { kind: 'announce', news });
}

function withRollback(queue: DeploymentRequest[], request: DeploymentRequest): DeploymentRequest[] {
  return [...queue.filter(({ rollback }) => rollback), request, ...queue.filter(({ rollback }) => !rollback)];
}

/**
 * Takes a waiting request out. One in flight stays: it is aborted, not withdrawn. So does one that may be, for all that a new
 * environment knows: the release then passes its abort on, and asks again.
 */
export function withdraw(data: EnvironmentData, requestId: string): { data: EnvironmentData; answer: WithdrawAnswer } {
  if (data.current?.requestId === requestId) return { data, answer: { result: 'in flight' } };
  const queue = data.queue.filter((request) => request.requestId !== requestId);
  const removed = queue.length < data.queue.length;
  if (removed && data.unsearched) return { data, answer: { result: 'in flight' } };
  return { data: { ...data, queue }, answer: { result: removed ? 'removed' : 'unknown' } };
}

/** Why a request may not pass hold and freeze; undefined when it may. Takes whatever a dialog sent. */
export function whyNoBreakGlass(data: EnvironmentData, asked: unknown, now: number): string | undefined {
  const unsaid = whoAndWhy(asked, 'breaks the glass');
  if (unsaid !== undefined) return unsaid;
  const { requestId } = asked as { requestId?: unknown };
  const request = data.queue.find((waiting) => waiting.requestId === requestId);
  if (!request) return 'no request with this `requestId` waits here; the `state` query lists those that do';
  if (request.rollback) return 'a rollback by hand waits for neither hold nor freeze';
  if (isDoubtful(data, now)) return 'what runs here is in doubt, which nothing but a rollback passes: use `resolve`';
  return undefined;
}

/** Lets a waiting request pass hold and freeze; who said so stays with it. */
export function breakGlass(
  data: EnvironmentData,
  { requestId, by, reason }: BreakGlass & { requestId: string },
): EnvironmentData {
  const opened = (request: DeploymentRequest): DeploymentRequest =>
    request.requestId === requestId ? { ...request, breakGlass: { by, reason } } : request;
  return { ...data, queue: data.queue.map(opened) };
}

/** Makes the request the current one: from here on it is aborted, not withdrawn. */
export function offer(data: EnvironmentData, request: DeploymentRequest): EnvironmentData {
  const { requestId, releaseId, commit, environment, actor, rollback } = request;
  return {
    ...data,
    current: {
      requestId,
      releaseId,
      commit,
      environment,
      request,
      ...(rollback && { rollback: { by: actor, reason: rollback.reason } }),
    },
    queue: data.queue.filter((waiting) => waiting.requestId !== requestId),
  };
}

/** The offered deployment runs now. */
export function started(data: EnvironmentData, runId: string): EnvironmentData {
  return data.current ? { ...data, current: { ...data.current, runId } } : data;
}

/** The current deployment has been told to go back for a rollback by hand. */
export function abortedFor(data: EnvironmentData, rollbackRequestId: string): EnvironmentData {
  return data.current ? { ...data, current: { ...data.current, abortedFor: rollbackRequestId } } : data;
}

/** The release is gone, or wants its turn no longer. */
export function dropOffer(data: EnvironmentData): EnvironmentData {
  const { current, ...rest } = data;
  return rest;
}

/**
 * Somebody else's deployment runs under the fixed id, or a rollback by hand came while the turn was offered: the offered
 * request goes back to where it stood, and a stranger is waited for. It may be the very same request, which then does not wait twice.
 */
export function giveWay(data: EnvironmentData, stranger: CurrentDeployment | undefined): EnvironmentData {
  const { current, ...rest } = data;
  const back = current?.request && current.requestId !== stranger?.requestId ? [current.request] : [];
  const waiting = [...back, ...rest.queue.filter((request) => request.requestId !== stranger?.requestId)];
  const rollbacks = waiting.filter(({ rollback }) => rollback);
  const queue = [...rollbacks, ...waiting.filter(({ rollback }) => !rollback)];
  return { ...rest, queue, ...(stranger && { current: stranger }) };
}

/** The answer to `search`. */
export function searched(data: EnvironmentData, stranger: CurrentDeployment | undefined): EnvironmentData {
  const { unsearched, ...rest } = giveWay(data, stranger);
  return rest;
}

/** Records the end of the current deployment under its own request id: a request with an outcome is never granted again. */
export function recordEnd(data: EnvironmentData, outcome: DeploymentOutcome): EnvironmentData {
  const { current, ...rest } = data;
  const opened = current?.requestId === outcome.requestId ? current.request?.breakGlass : undefined;
  const { verified } = data;
  return {
    ...remember(rest, { ...outcome, ...(opened && { breakGlass: opened }) }),
    verified: outcome.revision ? [...verified, outcome.revision].slice(-REMEMBERED_REVISIONS) : verified,
  };
}
