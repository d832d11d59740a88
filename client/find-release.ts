import type { Client } from '@temporalio/client';
import { isFullCommit } from '../model/commit';
import { bounded } from './calls';
import { usageError } from './errors';
import type { ReleaseRef } from './release-end';
import { listReleases } from './release-list';

const WORKFLOW_ID = /^(release|check|rollback|rehearsal):/;
const SHORT_COMMIT = /^[0-9a-f]{7,39}$/;
/** More runs of one commit than anybody has; bounds the answer. */
const SEARCH_LIMIT = 100;

export type Reference = { kind: 'id'; workflowId: string } | { kind: 'commit'; commit: string };

/** What a person may call a release: its workflow id, or its commit (full, or at least 7 digits of it). Throws a ClientError otherwise. */
export function parseReference(text: string): Reference {
  if (WORKFLOW_ID.test(text)) return { kind: 'id', workflowId: text };
  const commit = text.toLowerCase();
  if (isFullCommit(commit) || SHORT_COMMIT.test(commit)) return { kind: 'commit', commit };
  throw usageError(
    `\`${text}\` names no release: give a workflow id (release:<project>:<commit>) or at least 7 digits of a commit; \`sluice list\` shows them.`,
  );
}

/**
 * Finds the one release that `reference` means, and its newest run. Never guesses: none or several is a ClientError (exit 2) that lists them.
 * Reads only.
 */
export async function findRelease(client: Client, reference: string): Promise<Required<ReleaseRef>> {
  const parsed = parseReference(reference);
  if (parsed.kind === 'id') {
    const { runId } = await bounded(client, () => client.workflow.getHandle(parsed.workflowId).describe());
    return { workflowId: parsed.workflowId, runId };
  }
  const found = await listReleases(client, { commit: parsed.commit, limit: SEARCH_LIMIT });
  const ids = [...new Set(found.map(({ workflowId }) => workflowId))];
  const [first] = found;
  if (first === undefined) {
    throw usageError(`There is no release of commit ${reference}; \`sluice list\` shows what there is.`);
  }
  if (ids.length > 1) {
    throw usageError(`Commit ${reference} means several releases: ${ids.join(', ')}; name one of them.`);
  }
  return { workflowId: first.workflowId, runId: first.runId };
}
