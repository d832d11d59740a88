import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { DeploymentStatus, ReleaseStatus } from '../model/messages';
import { getDeploymentStatus, getStatus } from './ask';
import { bounded } from './calls';
import type { ActivityProgress, ReleaseSnapshot } from './release-events';
import type { ReleaseRef } from './release-end';

/** Shorter than for a person's command: the next look comes soon. */
const LOOK_LIMIT_MS = 5_000;

/**
 * Looks at a release, and at its deployment and what the activities at work say. Only the release itself must answer:
 * of the rest, what was last known stays. Reads only. Throws a ClientError when the release does not answer.
 */
export async function takeSnapshot(
  client: Client,
  ref: ReleaseRef,
  before?: ReleaseSnapshot,
): Promise<ReleaseSnapshot> {
  const release = await getStatus(client, ref, LOOK_LIMIT_MS);
  // Asked once more after the release let go of it: its last steps happened between two looks.
  const wanted = release.deploying ?? before?.release.deploying;
  const deployment = wanted && (await lookAtDeployment(client, wanted));
  const active = deployment && release.deploying ? { workflowId: release.deploying.deploymentId } : ref;
  const activities = await lookAtActivities(client, active).catch(() => []);
  const kept = deployment ?? before?.deployment;
  return { at: Date.now(), release, ...(kept && { deployment: kept }), activities };
}

async function lookAtDeployment(
  client: Client,
  { deploymentId, requestId }: NonNullable<ReleaseStatus['deploying']>,
): Promise<DeploymentStatus | undefined> {
  try {
    const status = await getDeploymentStatus(client, deploymentId, LOOK_LIMIT_MS);
    // The id is the environment's: before our turn it is somebody else's deployment, and after it again.
    return status.requestId === requestId ? status : undefined;
  } catch {
    // Not there yet; or no worker, which the release's own query tells.
    return undefined;
  }
}

async function lookAtActivities(client: Client, { workflowId, runId }: ReleaseRef): Promise<ActivityProgress[]> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { raw } = await bounded(client, () => handle.describe(), LOOK_LIMIT_MS);
  return (raw.pendingActivities ?? []).map((activity) => ({
    id: `${workflowId}/${activity.activityId ?? ''}`,
    text: progressText(heartbeatOf(activity), activity.attempt ?? 1, activity.lastFailure?.message ?? undefined),
  }));
}

/** Trouble is worth a line even where the activity itself cannot say so: it is being tried again. */
export function progressText(said: string, attempt: number, failure: string | undefined): string {
  if (attempt < 2 || failure === undefined) return said;
  const trouble = `attempt ${attempt}, after: ${failure}`;
  return said === '' ? trouble : `${said} (${trouble})`;
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Activities of ours heartbeat one line of text; anything else is not for people. */
function heartbeatOf({ heartbeatDetails }: PendingActivity): string {
  const [payload] = heartbeatDetails?.payloads ?? [];
  const said: unknown = payload && defaultPayloadConverter.fromPayload(payload);
  return typeof said === 'string' ? said : '';
}
