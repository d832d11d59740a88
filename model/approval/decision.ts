import type { Approval, DecisionProof } from '../messages';
import { identityOf } from './identity';

/** What one person said in one round of approval, as it was taken down. */
export interface Decision {
  decision: 'approve' | 'reject';
  by: string;
  comment?: string;
  /** Milliseconds since the epoch, by the workflow's clock. */
  at: number;
  proof?: DecisionProof;
  /** Whether a gateway's signature was found good; absent while it is looked at, and where there is none. */
  verified?: boolean;
  /** Why the signature was not believed. */
  doubt?: string;
}

const LONGEST_NAME = 200;
const LONGEST_COMMENT = 2_000;
/** Whoever sends more is not deciding. */
const MOST_DECISIONS = 100;

/**
 * Whether what was sent is a decision about this environment at all; answers the reason why not.
 *
 * The Temporal UI sends whatever JSON was typed: nothing about its shape may be believed.
 */
export function whyNoDecision(given: unknown, waiting: { environment: string } | undefined): string | undefined {
  if (typeof given !== 'object' || given === null) return 'expected one object such as { "by": "you@example.com" }';
  const { by, environment, comment, proof } = given as Partial<Record<keyof Approval, unknown>>;
  if (typeof by !== 'string' || identityOf(by) === '') return 'say who decides: { "by": "you@example.com" }';
  if (by.length > LONGEST_NAME) return `a name has at most ${LONGEST_NAME} characters`;
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > LONGEST_COMMENT))
    return `a comment is text of at most ${LONGEST_COMMENT} characters`;
  if (proof !== undefined && !isProof(proof)) return 'a proof is what a gateway makes: leave it out';
  if (!waiting) return 'this release does not wait for approval now';
  if (environment === undefined || environment === waiting.environment) return undefined;
  if (typeof environment !== 'string') return 'the environment is a name';
  return `this release waits for approval of ${waiting.environment}, not of ${environment.slice(0, LONGEST_NAME)}`;
}

function isProof(given: unknown): given is DecisionProof {
  if (typeof given !== 'object' || given === null) return false;
  const { at, through, signature } = given as Partial<Record<keyof DecisionProof, unknown>>;
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 500;
  return typeof at === 'number' && Number.isSafeInteger(at) && isText(through) && isText(signature);
}

/** Of what was sent only what a person may say: whether it is verified is not among that. */
export function decisionOf(
  decision: Decision['decision'],
  { by, comment, proof }: Pick<Approval, 'by' | 'comment' | 'proof'>,
  at: number,
): Decision {
  return { decision, by, at, ...(comment !== undefined && { comment }), ...(proof && { proof }) };
}

/** Takes a decision of good shape down. The same thing said again by the same name adds nothing. */
export function takeDown(decisions: readonly Decision[], next: Decision): Decision[] {
  const known = decisions.some(
    ({ decision, by, comment, proof }) =>
      decision === next.decision &&
      identityOf(by) === identityOf(next.by) &&
      comment === next.comment &&
      proof?.signature === next.proof?.signature,
  );
  if (known) return [...decisions];
  if (decisions.length < MOST_DECISIONS) return [...decisions, next];
  // Whoever fills the list by hand must not keep out who comes through a gateway.
  const typed = decisions.findIndex(({ proof }) => proof === undefined);
  return next.proof === undefined || typed < 0 ? [...decisions] : [...decisions.toSpliced(typed, 1), next];
}

/** By name, and whether that name was proved. */
export function signed({ by, verified }: Pick<Decision, 'by' | 'verified'>): string {
  return verified === true ? by : `${by} (unverified)`;
}
