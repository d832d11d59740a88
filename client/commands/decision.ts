import type { Command } from 'commander';
import type { Approval, ReleaseStatus, WaitingForApproval } from '../../model/messages';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import type { ReleaseRef } from '../release-end';
import type { Releases } from '../releases';
import { writeJson } from '../render/json';
import { oneLine } from '../render/sentences';
import type { CliDeps } from './deps';
import { withReleases } from './handled';

export interface DecisionOptions {
  json?: boolean;
  environment?: string;
  comment?: string;
  actor?: string;
}

/** The options of `approve` and `reject`. */
export function addDecisionOptions(command: Command): Command {
  return command
    .option('--environment <name>', 'needed only when it waits in more than one')
    .option('--comment <text>', 'recorded beside the decision')
    .option('--actor <name>', 'who decides (default: git config user.email); recorded as unverified');
}

/** Sends one decision and says what it led to. The workflow's refusal comes through as it is (exit 16). */
export async function decide(
  deps: CliDeps,
  reference: string,
  { json, environment, comment, actor }: DecisionOptions,
  send: (releases: Releases, ref: ReleaseRef, decision: Approval) => Promise<ReleaseStatus>,
): Promise<number> {
  return withReleases(deps, async (releases) => {
    const ref = await releases.find(reference);
    const decision = {
      by: actor ?? (await defaultActor(deps.cwd)),
      ...(comment !== undefined && { comment }),
      ...(environment !== undefined && { environment }),
    };
    const status = await send(releases, ref, decision);
    if (json) writeJson(deps.stdout, { workflowId: ref.workflowId, ...status });
    else deps.stdout.write(decisionText(ref.workflowId, decision.by, status));
    return EXIT.ok;
  });
}

function decisionText(workflowId: string, by: string, { waitingForApproval: waiting }: ReleaseStatus): string {
  const now = waiting === undefined ? 'it waits for nobody any more' : standingText(waiting);
  return `Recorded for ${workflowId}, by ${by} (unverified): ${now}.\n  watch it: sluice watch ${workflowId}\n`;
}

/** Who counts and who is still missing. */
function standingText({ environment, minimum, approvedBy, missing = [] }: WaitingForApproval): string {
  const who = approvedBy.length === 0 ? '' : ` (${approvedBy.join(', ')})`;
  const still = missing.length === 0 ? '' : `, missing ${missing.join(', ')}`;
  return oneLine(`${environment} has ${approvedBy.length} of ${minimum} approvals${who}${still}`);
}
