import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { deploymentId, environmentId } from '../model/ids';
import type { Abort, Approval, Rejection, ReleaseStatus, Resolve } from '../model/messages';
import { abortDeploymentSignal, abortUpdate, approveUpdate, rejectUpdate, resolveSignal } from '../workflows/messages';
import { bounded } from './calls';
import { getDeploymentStatus, getEnvironmentState } from './ask';
import type { ReleaseRef } from './release-end';
import { refusedError } from './errors';

// Updates: the workflow's validator answers at once, and its sentence is the ClientError's (exit 16). Each is idempotent
// in the workflow (a second approval by the same person counts once), so an answer that was lost can be asked for again.

export async function approve(client: Client, ref: ReleaseRef, approval: Approval): Promise<ReleaseStatus> {
  return bounded(client, () => handleOf(client, ref).executeUpdate(approveUpdate, { args: [approval] }));
}

export async function reject(client: Client, ref: ReleaseRef, rejection: Rejection): Promise<ReleaseStatus> {
  return bounded(client, () => handleOf(client, ref).executeUpdate(rejectUpdate, { args: [rejection] }));
}

/** Who took the abort: the release, or, where that is gone, the deployment that it left in flight. */
export type AbortAnswer = { by: 'release'; status: ReleaseStatus } | { by: 'deployment'; deploymentId: string };

export async function abort(client: Client, ref: ReleaseRef, abort: Abort): Promise<AbortAnswer> {
  return bounded(client, async () => {
    try {
      return { by: 'release', status: await handleOf(client, ref).executeUpdate(abortUpdate, { args: [abort] }) };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const orphan = await abortOrphan(client, ref.workflowId, abort);
      if (orphan === undefined) throw error;
      return { by: 'deployment', deploymentId: orphan };
    }
  });
}

/** A deployment outlives its release (ABANDON); the signal carries the request, so it cannot hit another's. */
async function abortOrphan(client: Client, releaseId: string, abort: Abort): Promise<string | undefined> {
  const [, project = ''] = releaseId.split(':');
  const query = `WorkflowId STARTS_WITH '${deploymentId(project, '')}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    const status = await getDeploymentStatus(client, workflowId);
    if (status.releaseId !== releaseId) continue;
    await client.workflow
      .getHandle(workflowId)
      .signal(abortDeploymentSignal, { ...abort, requestId: status.requestId });
    return workflowId;
  }
  return undefined;
}

/**
 * Says that a person looked after the environment and it may go on. A signal cannot be refused, so the hold is read first:
 * a ClientError (exit 16) when there is none.
 */
export async function resolveEnvironment(
  client: Client,
  project: string,
  environment: string,
  resolve: Resolve,
): Promise<void> {
  const state = await getEnvironmentState(client, project, environment);
  if (state.hold === undefined)
    throw refusedError(`${project}'s environment ${environment} is not on hold: nothing to resolve.`);
  const handle = client.workflow.getHandle(environmentId(project, environment));
  await bounded(client, () => handle.signal(resolveSignal, resolve));
}

function handleOf(client: Client, { workflowId, runId }: ReleaseRef) {
  return client.workflow.getHandle(workflowId, runId);
}
