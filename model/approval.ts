import type { Approval, Rejection } from './messages';
import type { ApprovalRule } from './plan';

/** What people have said so far about one environment of a release. */
export interface ApprovalState {
  approvals: Approval[];
  rejection?: Rejection;
}

export type ApprovalVerdict =
  { kind: 'waiting'; missing: number } | { kind: 'approved'; by: string[] } | { kind: 'rejected'; cause: string };

/** Different people who approved, in the order in which they did. */
export function approvers(state: ApprovalState): string[] {
  return [...new Set(state.approvals.map(({ by }) => by))];
}

/** Any rejection ends it; otherwise enough different people must approve. */
export function judgeApproval(rule: ApprovalRule, state: ApprovalState): ApprovalVerdict {
  if (state.rejection) {
    const { by, comment } = state.rejection;
    return { kind: 'rejected', cause: `rejected by ${by}${comment === undefined ? '' : `: ${comment}`}` };
  }
  const by = approvers(state);
  return by.length >= rule.minimum ? { kind: 'approved', by } : { kind: 'waiting', missing: rule.minimum - by.length };
}

/**
 * Whether a decision typed by hand can be taken at all; answers the reason why not.
 *
 * The Temporal UI sends whatever JSON was typed: nothing about its shape may be believed.
 */
export function whyNoDecision(decision: unknown, waiting: { environment: string } | undefined): string | undefined {
  if (typeof decision !== 'object' || decision === null)
    return 'expected one object such as { "by": "you@example.com" }';
  const { by, environment } = decision as Partial<Approval>;
  if (typeof by !== 'string' || by.trim() === '') return 'say who decides: { "by": "you@example.com" }';
  if (!waiting) return 'this release does not wait for approval now';
  if (environment !== undefined && environment !== waiting.environment) {
    return `this release waits for approval of ${waiting.environment}, not of ${environment}`;
  }
  return undefined;
}
