import { oneLine } from '../render/sentences';
import type { VerifiedToken } from './verify-token';

/** What is known of one request when it is answered. Never a token: only what verified tokens say. */
export interface RequestRecord {
  kind: 'request';
  /** ISO 8601, UTC. */
  at: string;
  requestId: string;
  method: string;
  /** The pattern that the path fits, or `unknown`: what callers write into a path is not logged. */
  route: string;
  status: number;
  durationMs: number;
  /** IPv4 address, or network of an IPv6 one. */
  address: string;
  caller?: Caller;
  release?: { workflowId: string; runId?: string };
  attached?: boolean;
  /** The code and sentence that the caller got. */
  problem?: { code: string; message: string };
  /** What is behind it, for operators. */
  detail?: string;
}

export interface Caller {
  repository: string;
  repositoryId: string;
  event: string;
  ref: string;
  actor: string;
  runId: string;
  runAttempt: string;
  jti: string;
}

/** Something about the gateway itself. */
export interface NoteRecord {
  kind: 'note';
  at: string;
  text: string;
}

export type GatewayRecord = RequestRecord | NoteRecord;

export function callerOf({ trigger, jti }: VerifiedToken): Caller {
  const { repository, repositoryId, event, ref, actor, runId, runAttempt } = trigger;
  return { repository, repositoryId, event, ref, actor, runId, runAttempt, jti };
}

/** One line for people: who asked for what, and what came of it. */
export function recordText(record: GatewayRecord): string {
  if (record.kind === 'note') return `${record.at} ${oneLine(record.text)}`;
  const { at, method, route, status, durationMs, address, caller, release, problem, detail, requestId } = record;
  return [
    `${at} ${method} ${route} ${status} in ${durationMs} ms from ${address}`,
    ...(caller ? [`${caller.repository} by ${caller.actor} (${caller.event}, run ${caller.runId})`] : []),
    ...(release ? [release.workflowId] : []),
    ...(problem ? [`${problem.code}: ${problem.message}`] : []),
    ...(detail !== undefined ? [oneLine(detail)] : []),
    `request ${requestId}`,
  ].join('; ');
}
