import { workflowInfo } from '@temporalio/workflow';
import type { DeploymentOutcome, DeploymentRequest } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import type { Journey } from './journey';
import { waitForTurn } from './turn';

/** Asks for this release's turn in an environment, and waits for its deployment's end. */
export async function takeTurn(
  journey: Journey,
  environment: EnvironmentSpec,
  id: string,
  approved: DeploymentRequest['approved'],
): Promise<DeploymentOutcome> {
  const { plan, request, image } = journey;
  return waitForTurn(
    journey,
    {
      requestId: id,
      releaseId: workflowInfo().workflowId,
      project: plan.project,
      repository: plan.repository,
      commit: plan.commit,
      actor: request.actor,
      planHash: plan.hash,
      environment,
      imageReference: image.reference,
      imageDigest: image.digest,
      ...(approved && { approved }),
      ...(request.allowOlder !== undefined && { allowOlder: request.allowOlder }),
      ...(request.embedded && { embedded: { requireCircuitBreaker: request.embedded.requireCircuitBreaker } }),
    },
    request.askAgainMs,
  );
}
