import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { deploymentId, environmentId } from '../../model/ids';
import type { EnvironmentState, VerifiedRevision } from '../../model/messages';
import { MESSAGE } from '../../model/messages';
import type { EnvironmentSpec } from '../../model/plan';

/** What a rollback by hand goes by. */
export interface KnownOfEnvironment {
  /** In order of time. */
  verified: VerifiedRevision[];
  /** As the newest request described it; absent where there never was one, or its record is gone. */
  spec?: EnvironmentSpec;
  /** Ids of whoever is being deployed there. */
  deploying: string[];
  /** Ids of whoever waits for a turn. */
  waiting: string[];
}

/**
 * What an environment knows of what was verified there; null where there is no such environment. A query: it leaves no
 * trace. One that somebody terminated answers too, with what it knew last.
 */
export async function knownOfEnvironment(input: {
  project: string;
  environment: string;
}): Promise<KnownOfEnvironment | null> {
  const { project, environment } = input;
  try {
    const handle = getClient().workflow.getHandle(environmentId(project, environment));
    const { verified, spec, current, queue } = await handle.query<EnvironmentState>(MESSAGE.state);
    const known = spec ?? (await specOfLastDeployment(project, environment));
    const deploying = current ? [current.releaseId] : [];
    const waiting = queue.map(({ releaseId }) => releaseId);
    return { verified, ...(known && { spec: known }), deploying, waiting };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** An environment of an earlier version does not tell; its deployments carry it in their memo. */
async function specOfLastDeployment(project: string, environment: string): Promise<EnvironmentSpec | undefined> {
  try {
    const { memo } = await getClient().workflow.getHandle(deploymentId(project, environment)).describe();
    return memo?.['environment'] as EnvironmentSpec | undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
