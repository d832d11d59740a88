import type { Client } from '@temporalio/client';
import { environmentId } from '../model/ids';
import type { DeploymentStatus, EnvironmentState, ReleaseStatus } from '../model/messages';
import { deploymentStatusQuery, environmentStateQuery, statusQuery } from '../workflows/messages';
import { bounded } from './calls';
import type { ReleaseRef } from './release-end';

// Queries write nothing and can be repeated; they need a worker, and wait for one as long as the time limit.

/** The release's own account of itself; of its newest run without `runId`. */
export async function getStatus(client: Client, ref: ReleaseRef, limitMs?: number): Promise<ReleaseStatus> {
  return bounded(client, () => client.workflow.getHandle(ref.workflowId, ref.runId).query(statusQuery), limitMs);
}

/** What an environment runs, who waits there, and what is known of its past. */
export async function getEnvironmentState(
  client: Client,
  project: string,
  environment: string,
  limitMs?: number,
): Promise<EnvironmentState> {
  const handle = client.workflow.getHandle(environmentId(project, environment));
  // A query does not move the workflow's own clock, by which a freeze begins and ends.
  return bounded(client, () => handle.query(environmentStateQuery, { now: Date.now() }), limitMs);
}

/** The newest deployment under that id: compare its `requestId` before taking it for anybody's. */
export async function getDeploymentStatus(
  client: Client,
  deploymentId: string,
  limitMs?: number,
): Promise<DeploymentStatus> {
  return bounded(client, () => client.workflow.getHandle(deploymentId).query(deploymentStatusQuery), limitMs);
}
