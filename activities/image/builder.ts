import type { ImageInput } from '../../model/image';
import type { RegistryAccess } from './registry/request';

/** What a builder gets: the checkout and places to write, and nothing that could open the registry. */
export interface BuildContext {
  input: ImageInput;
  /** The checkout of exactly the commit. */
  source: string;
  /** An empty directory of this build alone, removed afterwards. */
  scratch: string;
  /** Where the whole output of the build's commands is kept. */
  log: string;
  /** How `bin/guard.mjs` is run. */
  guard: readonly string[];
  /** Where a builder may keep caches between builds. */
  cache: string;
  signal: AbortSignal;
}

/** Where to push, and the right to do so. */
export interface PushTarget {
  access: RegistryAccess;
  /** `HOST/repository`. */
  repositoryUri: string;
  /** The repository's name in the registry. */
  repository: string;
  /** The full commit; the only tag that is ever written. */
  tag: string;
}

/** A built image that has not left this machine yet. */
export interface BuiltImage {
  /** Names what was built: the manifest's digest (`pack`) or the image's id (`docker`, `buildah`). */
  digest: string;
  /** Pushes it, and answers the digest of the manifest in the registry. Safe to repeat. */
  push(target: PushTarget): Promise<string>;
  /** Removes what the build left outside `scratch`, as far as it can be done. Never rejects. */
  dispose(): Promise<void>;
}

/** Replaces `${commit}`, the only variable there is. */
export function fillInCommit(text: string, commit: string): string {
  return text.replaceAll('${commit}', commit);
}

/** Label and annotation of the commit. Source: OCI image spec, pre-defined annotation keys. */
export const REVISION_LABEL = 'org.opencontainers.image.revision';
