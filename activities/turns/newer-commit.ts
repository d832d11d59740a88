import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { NewerCommit } from '../../model/messages';
import { MESSAGE } from '../../model/messages';
import { whileHeartbeating } from '../heartbeating';

/** Of one project and environment; whoever is left out finds out before it asks people again, or at its turn. */
const MOST_TOLD = 2_000;
const AT_ONCE = 20;

/**
 * Tells the open releases of the project that wait for approval that a newer commit is there; answers how many were told.
 *
 * They compare in Git for themselves, so that telling one too many, or twice, is harmless. Visibility may lag a second
 * behind: one that begins to wait just now may be missed.
 */
export async function announceNewerCommit(input: { project: string; news: NewerCommit }): Promise<{ told: number }> {
  const { project, news } = input;
  return whileHeartbeating(`telling releases of ${project}`, async (progress) => {
    const client = getClient();
    const query =
      `WorkflowType = 'release' AND ExecutionStatus = 'Running' AND SluicePhase = 'approval'` +
      ` AND SluiceProject = ${quoted(project)} AND SluiceEnvironments = ${quoted(news.environment)}`;
    let told = 0;
    let together: string[] = [];
    const tell = async (): Promise<void> => {
      progress.signal.throwIfAborted();
      const answers = await Promise.all(together.map((workflowId) => tellOne(workflowId, news)));
      told += answers.filter(Boolean).length;
      together = [];
      progress.say(`${told} told`);
    };
    for await (const { workflowId } of client.workflow.list({ query })) {
      // The release of the newer commit itself may wait for approval of its next environment.
      if (workflowId === news.releaseId) continue;
      together.push(workflowId);
      if (together.length === AT_ONCE) await tell();
      if (told >= MOST_TOLD) return { told };
    }
    await tell();
    return { told };
  });
}

/** Answers false for one that has ended meanwhile. */
async function tellOne(workflowId: string, news: NewerCommit): Promise<boolean> {
  try {
    await getClient().workflow.getHandle(workflowId).signal<[NewerCommit]>(MESSAGE.newerCommit, news);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
