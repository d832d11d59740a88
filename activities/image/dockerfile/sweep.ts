import { BUILD_REPOSITORY, abandonedCommit } from './build-name';
import type { Run } from './run';
import type { DockerfileTool } from './tool';

const STEP_WITHIN_MS = 30_000;

/**
 * Removes the images that a killed process of this machine had built and not yet disposed of, by the names that only such
 * builds have, and what the tool's builds left half done. Layers stay where they are the builder's cache.
 *
 * What cannot be removed now is left to the next build; rejects only when it is cancelled.
 */
export async function sweep(tool: DockerfileTool, run: Run): Promise<void> {
  if (tool.clear !== undefined) await run(tool.clear, { timeoutMs: STEP_WITHIN_MS });
  for (const tag of lines(await run(tool.list, { timeoutMs: STEP_WITHIN_MS }))) {
    const commit = await abandonedCommit(tag);
    if (commit === undefined) continue;
    const image = `${BUILD_REPOSITORY}:${tag}`;
    // One that was cut off while it was pushed also has the name that it was pushed by.
    const asked = tool.names(image);
    const names = asked === undefined ? [] : lines(await run(asked, { timeoutMs: STEP_WITHIN_MS }));
    for (const name of [...names.filter((each) => each.endsWith(`:${commit}`)), image]) {
      await run(tool.remove(name), { timeoutMs: STEP_WITHIN_MS });
    }
  }
}

function lines({ tail }: { tail: string }): string[] {
  return tail.split('\n').map((line) => line.trim());
}
