import type { ApprovalPicture, DecisionStanding, NewerCommit, WaitingForApproval } from '../messages';
import type { Decision } from './decision';
import type { Question } from './judge';
import { judgeApproval, whyItDoesNotCount } from './judge';
import { readRule } from './rule';

/** One time that people are asked about one environment. */
export interface ApprovalRound {
  requestId: string;
  environment: string;
  /** Absent until what would change is known: nobody can decide before. */
  asked?: AskedRound;
  decisions: Decision[];
  /** What environments told of newer commits and nobody has looked at yet. */
  newer: NewerCommit[];
  /** Grows with whatever the main path should look at. */
  news: number;
}

export interface AskedRound {
  question: Question;
  expiresAt: number;
  changes: string[];
  picture: ApprovalPicture;
  fingerprints: Record<string, string>;
  /** How often people were asked again, since what would change had changed. */
  again?: number;
}

const MOST_SHOWN = 10;

/** What the release's status says while it waits; undefined while nobody is asked. */
export function waitingView({ asked, decisions, requestId }: ApprovalRound): WaitingForApproval | undefined {
  if (asked === undefined) return undefined;
  const { question, expiresAt, changes, picture, fingerprints, again } = asked;
  const { needed, comment } = readRule(question.rule);
  const verdict = judgeApproval(question, decisions);
  const approved = verdict.kind === 'waiting' || verdict.kind === 'approved' ? verdict.approved : [];
  return {
    environment: question.environment,
    minimum: needed,
    approvedBy: approved.map(({ by }) => by),
    expiresAt,
    changes,
    missing: verdict.kind === 'waiting' ? verdict.missing : [],
    decisions: decisions.slice(-MOST_SHOWN).map((one) => standingOf(question, one)),
    comment,
    picture,
    requestId,
    fingerprints,
    ...(again !== undefined && { again }),
  };
}

function standingOf(question: Question, given: Decision): DecisionStanding {
  const { decision, by, comment, at, proof, verified, doubt } = given;
  const remark = whyItDoesNotCount(question, given) ?? doubt;
  return {
    decision,
    by,
    ...(comment !== undefined && { comment }),
    at,
    standing: verified === true ? 'verified' : proof && verified === undefined ? 'checking' : 'unverified',
    ...(remark !== undefined && { remark }),
  };
}
