import { sleep } from '@temporalio/workflow';
import type { KnownOfEnvironment } from '../activities/turns/known-of-environment';
import { isRollbackId } from '../model/ids';
import type { VerifiedRevision } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import type { RollbackFinding, RollbackRequest } from '../model/rollback';
import { chooseRevision, PREVIOUS_GOOD, revisionInWords } from '../model/rollback';
import type { ServiceTarget } from '../model/target';
import { ecs, turns } from './activities';
import { targetsOf } from './targets';

const LOOKS = 3;
const LOOK_AGAIN_MS = 1_000;

/** What a rollback would go to, and whether it could. */
export interface Prospect {
  environment: EnvironmentSpec;
  revision: VerifiedRevision;
  findings: RollbackFinding[];
  imageReference: string;
}

/**
 * Asks the environment what is known to be good and AWS what runs, chooses, and looks whether it could be done. Changes
 * nothing. Answers the sentence that stands in the way where there is nothing to choose.
 */
export async function lookForProspect(
  request: RollbackRequest,
  asking: string,
  say: (text: string) => void,
): Promise<Prospect | { nothing: string }> {
  const { project, environment: name } = request;
  const known = await knownAtRest(request, asking);
  if (!known) return { nothing: `nothing was ever released to environment ${name} of project ${project} from here` };
  const { spec: environment, verified, deploying } = known;
  if (!environment) {
    return { nothing: `what environment ${name} consists of is not known any more: release to it first` };
  }
  const other = otherRollback(request, known, asking);
  if (other !== undefined) {
    return {
      nothing: `${other} is under way, so that what is before it cannot be said yet; wait for it, or name a commit`,
    };
  }

  const targets = targetsOf(environment, project, asking);
  // While somebody deploys, what ran before is what is good; what runs meanwhile says nothing.
  const running = deploying.length > 0 ? {} : await runningNow(targets);
  const choice = chooseRevision(verified, running, request);
  if (choice.kind === 'none') return { nothing: choice.cause };
  const { revision } = choice;
  say(`looking whether ${name} can go back to ${revisionInWords(revision)}`);
  const found = await ecs.inspectRollback.executeWithOptions({ summary: `can ${name} go back?` }, [
    { targets, revision },
  ]);
  return { environment, revision, ...found };
}

/** What is known once no other rollback is under way, as far as that comes soon: one that just ended may not be recorded yet. */
async function knownAtRest(request: RollbackRequest, asking: string): Promise<KnownOfEnvironment | null> {
  const { project, environment } = request;
  for (let look = 1; ; look += 1) {
    const known = await turns.knownOfEnvironment.executeWithOptions({ summary: `what is good in ${environment}?` }, [
      { project, environment },
    ]);
    if (!known || look === LOOKS || otherRollback(request, known, asking) === undefined) return known;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** The rollback that decides what `previous-good` will mean. */
function otherRollback(
  { to }: RollbackRequest,
  { deploying, waiting }: KnownOfEnvironment,
  asking: string,
): string | undefined {
  if (to !== PREVIOUS_GOOD) return undefined;
  return [...deploying, ...waiting].find((id) => id !== asking && isRollbackId(id));
}

/** Of the services at rest. */
async function runningNow(targets: readonly ServiceTarget[]): Promise<Record<string, string>> {
  const running: Record<string, string> = {};
  for (const target of targets) {
    const { service } = target.service;
    const found = await ecs.whatRuns.executeWithOptions({ summary: `what does ${service} run?` }, [{ target }]);
    if (!found.inFlight) running[service] = found.copyOf ?? found.taskDefinitionArn;
  }
  return running;
}
