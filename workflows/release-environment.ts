import { workflowInfo } from '@temporalio/workflow';
import { requestId } from '../model/ids';
import type { DeploymentRequest } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import type { Journey, TripEnd } from './journey';
import { waitForApproval } from './release-approval';
import { takeTurn } from './release-turn';

/** One environment: approval where the plan asks for it, the turn, and the deployment's own end. */
export async function releaseTo(journey: Journey, environment: EnvironmentSpec): Promise<TripEnd> {
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
