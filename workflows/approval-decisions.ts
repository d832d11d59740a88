import { workflowInfo } from '@temporalio/workflow';
import type { Decision } from '../model/approval/decision';
import type { DecisionStatement } from '../model/approval/statement';
import type { ApprovalRound } from '../model/approval/view';
import { isFullCommit, shortCommit } from '../model/commit';
import type { NewerCommit } from '../model/messages';
import { signatures, soon } from './activities';
import { readFailure } from './failure';
import type { Journey } from './journey';

/** Whoever sends more signatures than this in one round is not deciding. */
const MOST_SIGNATURES = 20;

/** Looks at the signatures that came since the last time. Afterwards every decision is verified or not. */
export async function verifyDecisions(journey: Journey, round: ApprovalRound): Promise<void> {
  for (;;) {
    const next = round.decisions.find(({ proof, verified }) => proof !== undefined && verified === undefined);
    if (next?.proof === undefined) return;
    const looked = round.decisions.filter(({ proof, verified }) => proof !== undefined && verified !== undefined);
    if (looked.length >= MOST_SIGNATURES) Object.assign(next, { verified: false, doubt: 'too many signatures came' });
    else Object.assign(next, await verdictOn(journey, round, next));
  }
}

async function verdictOn(
  journey: Journey,
  round: ApprovalRound,
  decision: Decision,
): Promise<Pick<Decision, 'verified' | 'doubt'>> {
  const statement = statementOf(journey, round, decision);
  const signature = decision.proof?.signature ?? '';
  try {
    return await signatures.verifyDecision({ statement, signature });
  } catch (error) {
    return { verified: false, doubt: `its signature could not be looked at: ${readFailure(error).message}` };
  }
}

/** By what this release knows itself: a decision about anything else has another statement, and its signature does not fit. */
function statementOf({ plan, image }: Journey, round: ApprovalRound, given: Decision): DecisionStatement {
  const { workflowId, runId } = workflowInfo();
  const { decision, by, comment = null, proof } = given;
  return {
    release: workflowId,
    run: runId,
    environment: round.environment,
    request: round.requestId,
    commit: plan.commit,
    digest: image.digest,
    planHash: plan.hash,
    fingerprints: round.asked?.fingerprints ?? {},
    decision,
    by,
    comment,
    at: proof?.at ?? 0,
    through: proof?.through ?? '',
  };
}

export interface Told {
  /** Why the release should give way. */
  superseded?: string;
  /** Another commit, no newer one, was released meanwhile: what would change may be something else by now. */
  moved: boolean;
}

/** What the commits that environments told of mean for this release. */
export async function readNews({ plan, request }: Journey, round: ApprovalRound): Promise<Told> {
  let moved = false;
  for (let told = round.newer.shift(); told !== undefined; told = round.newer.shift()) {
    moved ||= told.what === 'released';
    // Going back on purpose: what is newer runs, as it did when this was asked for.
    if (request.allowOlder !== undefined) continue;
    try {
      const { repository, commit } = plan;
      const { newer } = await soon.compareCommits.executeWithOptions(
        { summary: `is ${shortCommit(told.commit)} newer?` },
        [{ repository, commit, running: told.commit }],
      );
      if (newer) return { superseded: giveWayWords(told, commit), moved };
    } catch (error) {
      // The turn compares again with what runs then.
      readFailure(error);
    }
  }
  return { moved };
}

function giveWayWords({ what, commit, releaseId, environment }: NewerCommit, own: string): string {
  const verb = what === 'released' ? 'was released to' : 'asks for';
  return `${shortCommit(commit)}, which descends from ${shortCommit(own)}, ${verb} ${environment} (${releaseId})`;
}

/** Of a signal that anybody may send: whether it tells of another commit for this environment that was not told before. */
export function isNews(round: ApprovalRound, own: string, given: unknown): given is NewerCommit {
  if (typeof given !== 'object' || given === null) return false;
  const { environment, commit, releaseId, what } = given as Partial<Record<keyof NewerCommit, unknown>>;
  return (
    environment === round.environment &&
    typeof releaseId === 'string' &&
    (what === 'released' || what === 'asked') &&
    typeof commit === 'string' &&
    isFullCommit(commit) &&
    commit !== own &&
    !round.newer.some((other) => other.commit === commit)
  );
}
