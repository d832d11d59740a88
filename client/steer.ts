import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { deploymentId } from '../model/ids';
import type { Abort, Approval, Rejection, ReleaseStatus } from '../model/messages';
import { abortDeploymentSignal, abortUpdate, approveUpdate, rejectUpdate } from '../workflows/messages';
import { bounded } from './calls';
import { getDeploymentStatus } from './ask';
import { refusedError } from './errors';
import type { ReleaseRef } from './release-end';

// Updates: the workflow's validator answers at once, and its sentence is the ClientError's (exit 16). The id is made once for
// each call, so that a repetition after a lost answer gets that answer; by hand they can be repeated too, since the
// workflow counts a person once.

export async function approve(client: Client, ref: ReleaseRef, approval: Approval): Promise<ReleaseStatus> {
  const sent = { args: [approval] as [Approval], updateId: randomUUID() };
  return bounded(client, () => handleOf(client, ref).executeUpdate(approveUpdate, sent));
}

export async function reject(client: Client, ref: ReleaseRef, rejection: Rejection): Promise<ReleaseStatus> {
  const sent = { args: [rejection] as [Rejection], updateId: randomUUID() };
  return bounded(client, () => handleOf(client, ref).executeUpdate(rejectUpdate, sent));
}

/** Who took the abort: the release, or, where that is gone, the deployment that it left in flight. */
export type AbortAnswer = { by: 'release'; status: ReleaseStatus } | { by: 'deployment'; deploymentId: string };

export async function abort(client: Client, ref: ReleaseRef, abort: Abort): Promise<AbortAnswer> {
  const sent = { args: [abort] as [Abort], updateId: randomUUID() };
  return bounded(client, async () => {
    try {
      return { by: 'release', status: await handleOf(client, ref).executeUpdate(abortUpdate, sent) };
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
    if (status.noAbort !== undefined) throw refusedError(`${workflowId}: ${status.noAbort}.`);
    await client.workflow
      .getHandle(workflowId)
      .signal(abortDeploymentSignal, { ...abort, requestId: status.requestId });
    return workflowId;
  }
  return undefined;
}

function handleOf(client: Client, { workflowId, runId }: ReleaseRef) {
  return client.workflow.getHandle(workflowId, runId);
}
