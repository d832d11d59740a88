import { createRenderer } from '../render/renderer';
import type { ReleaseRef } from '../release-end';
import { exitCodeOf } from '../release-end';
import type { Releases } from '../releases';
import type { CliDeps } from './deps';
import { whileWaiting } from './waiting';

/** Shows a release until it ends; the exit code is its outcome's. Shared by `watch` and `start --wait`. */
export async function follow(
  deps: CliDeps,
  releases: Releases,
  ref: ReleaseRef,
  json: boolean | undefined,
): Promise<number> {
  const { workflowId } = ref;
  return whileWaiting(deps, { workflowId, json }, async (signal) => {
    const renderer = createRenderer({
      output: deps.stdout,
      env: deps.env,
      workflowId,
      now: deps.now,
      json: json ?? false,
    });
    try {
      const end = await releases.watch(ref, { onEvent: (event) => renderer.event(event), signal });
      renderer.end(end);
      return exitCodeOf(end);
    } finally {
      renderer.stop();
    }
  });
}
