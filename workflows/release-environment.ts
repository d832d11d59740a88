import { workflowInfo } from '@temporalio/workflow';
import { requestId } from '../model/ids';
import type { ReleasedImage } from '../model/image';
import type { DeploymentRequest } from '../model/messages';
import type { EnvironmentOutcome, ReleaseOutcome } from '../model/outcome';
import type { EnvironmentSpec, Plan } from '../model/plan';
import type { Journey, TripEnd } from './journey';
import { waitForApproval } from './release-approval';
import type { ReleaseState } from './release-handlers';
import type { Reports } from './release-report';
import { soak } from './release-soak';
import { takeTurn } from './release-turn';

type End = Pick<ReleaseOutcome, 'outcome' | 'cause' | 'environments'>;

/** In order and with the same image, each with its own soak, approval, turn and deployment; the first that is not released ends the road. */
export async function visitEnvironments(
  state: ReleaseState,
  plan: Plan,
  image: ReleasedImage,
  reports: Reports,
): Promise<End> {
  const { request, phases, gates } = state;
  const ends: EnvironmentOutcome[] = [];
  let earlier: EnvironmentSpec | undefined;
  for (const environment of plan.environments) {
    const journey: Journey = { request, plan, image, phases, gates, ...(state.abort && { abort: state.abort }) };
    state.journey = journey;
    const soaked = earlier && (await soak(journey, earlier, environment));
    const { outcome, cause } = soaked ?? (await releaseTo(journey, environment));
    const ended: EnvironmentOutcome = { environment: environment.name, outcome, cause };
    ends.push(ended);
    reports.environmentEnded(ended);
    if (outcome !== 'released') return endOfVisit(plan, ends, ended);
    earlier = environment;
  }
  return { outcome: 'released', cause: ends.map(({ cause }) => cause).join('; '), environments: ends };
}

/** One by one, those that were not reached too: what runs where is what a person must know. */
function endOfVisit({ environments }: Plan, ends: EnvironmentOutcome[], { outcome, cause }: EnvironmentOutcome): End {
  if (ends.length === 1) return { outcome, cause, environments: ends };
  const each = environments.map(({ name }, index) => `${name}: ${ends[index]?.outcome ?? 'not reached'}`).join(', ');
  return { outcome: 'partly-released', cause: `${each}. ${cause}`, environments: ends };
}

/** One environment: approval where the plan asks for it, the turn, and the deployment's own end. */
async function releaseTo(journey: Journey, environment: EnvironmentSpec): Promise<TripEnd> {
  const firstRun = workflowInfo().firstExecutionRunId;
  for (let attempt = 0; ; attempt += 1) {
    // A new request for each approval: the one given up has an outcome, and is never granted again.
    const id = requestId(firstRun, environment.name) + (attempt === 0 ? '' : `/${attempt}`);
    let approved: DeploymentRequest['approved'];
    if (environment.approval) {
      const decision = await waitForApproval(journey, environment, environment.approval, id);
      if ('outcome' in decision) return decision;
      approved = decision;
    }
    const ended = await takeTurn(journey, environment, id, approved);
    if (ended.outcome === 'approval-stale') continue;
    return { outcome: ended.outcome, cause: ended.cause };
  }
}
