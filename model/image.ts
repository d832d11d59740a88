import type { ImageSpec } from './plan';

export interface ImageInput {
  image: ImageSpec;
  repository: string;
  commit: string;
  treeHash: string;
  project: string;
  workspace: string;
}

/** An image in its registry, found or built and pushed. */
export interface ReleasedImage {
  /** As ECR names it: `HOST/repository`. */
  repositoryUri: string;
  /** The full commit. */
  tag: string;
  digest: string;
  /** `HOST/repository@sha256:…`: what goes into the task definition. */
  reference: string;
  /** The tag was there already; nothing was built. */
  reused: boolean;
}
