import type { Client } from '@temporalio/client';
import { bounded } from './calls';

/** Ids of the open workflows that fit a list filter, each once, at most `most`; whether there are more. Reads only. */
export async function openWorkflows(
  client: Client,
  query: string,
  most: number,
): Promise<{ ids: string[]; more: boolean }> {
  return bounded(client, async () => {
    // One that continues as new may be listed under both of its runs.
    const ids = new Set<string>();
    for await (const { workflowId } of client.workflow.list({ query, pageSize: most + 1 })) {
      if (ids.size === most && !ids.has(workflowId)) return { ids: [...ids], more: true };
      ids.add(workflowId);
    }
    return { ids: [...ids], more: false };
  });
}
