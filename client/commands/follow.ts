import { createRenderer } from '../render/create-renderer';
import type { ReleaseRef } from '../release-end';
import { exitCodeOf } from '../release-end';
import type { Releases } from '../releases';
import type { CliDeps } from './deps';
import { whileWaiting } from './waiting';

/** Shows a release until it ends or the user has seen enough; the exit code is its outcome's. */
export async function follow(
  deps: CliDeps,
  releases: Releases,
  ref: ReleaseRef,
  json: boolean | undefined,
): Promise<number> {
  return whileWaiting(deps, { workflowId: ref.workflowId, json }, (signal) => show(deps, releases, ref, json, signal));
}

/** The same inside somebody else's wait; throws the signal's reason when that aborts. */
export async function show(
  deps: CliDeps,
  releases: Releases,
  ref: ReleaseRef,
  json: boolean | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { workflowId } = ref;
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
}
