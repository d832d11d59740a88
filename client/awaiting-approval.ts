import type { Client } from '@temporalio/client';
import type { WaitingForApproval } from '../model/messages';
import { getStatus } from './ask';
import { ClientError } from './errors';
import { inParallel } from './in-parallel';
import { openWorkflows } from './open-workflows';
import { visibilityQuery } from './release-list';
import type { TimeLeft } from './time-left';

/** More than anybody decides in one go. */
const MOST = 100;
const AT_ONCE = 8;

/** A release that waits for people, before it asks for its turn. */
export interface AwaitingApproval {
  releaseId: string;
  project: string;
  commit: string;
  actor: string;
  waiting: WaitingForApproval;
}

export interface AwaitingApprovals {
  releases: AwaitingApproval[];
  /** Ids of those that wait, and did not say in time for what. */
  silent: string[];
  more: boolean;
}

/** Every release that waits for approval, by its own word: only that knows in which environment. Reads only. */
export async function releasesAwaitingApproval(
  client: Client,
  project: string | undefined,
  left: TimeLeft,
): Promise<AwaitingApprovals> {
  const open = visibilityQuery({ ...(project !== undefined && { project }), outcome: 'running' });
  const { ids, more } = await openWorkflows(client, `${open} AND SluicePhase = 'approval'`, MOST);
  const releases: AwaitingApproval[] = [];
  const silent: string[] = [];
  await inParallel(ids, AT_ONCE, async (releaseId) => {
    try {
      const status = await left.spend((limitMs) => getStatus(client, { workflowId: releaseId }, limitMs));
      const { project: owner, commit, actor, waitingForApproval: waiting } = status;
      if (waiting) releases.push({ releaseId, project: owner, commit, actor, waiting });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      silent.push(releaseId);
    }
  });
  return { releases, silent, more };
}
