import { AwsError } from '../contract';
import { invalid } from '../input';
import { digestOf } from '../registry/blobs';
import type { BlobStore } from '../registry/blobs';
import { blobsOf, parseManifest } from '../registry/manifest';
import type { Repository, StoredImage } from './repositories';

/** A manifest on its way into a repository, from the ECR API or from a push. */
export interface NewImage {
  content: Buffer;
  mediaType: string | undefined;
  tag: string | undefined;
  /** What the caller says the digest is. */
  digest: string | undefined;
}

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/**
 * Stores a manifest and moves its tag, by one rule for both doors. Putting the same again into a mutable repository changes
 * nothing; an immutable one refuses a tag that is taken for the same digest too, as ECR does
 * (https://github.com/aws/containers-roadmap/issues/2179). Throws the errors of PutImage.
 */
export async function putImage(
  repository: Repository,
  blobs: BlobStore,
  { content, mediaType, tag, digest: expected }: NewImage,
): Promise<{ stored: StoredImage; changed: boolean }> {
  const { name, images, tags } = repository;
  if (tag !== undefined && !TAG.test(tag)) throw invalid(`Invalid parameter at 'imageTag': '${tag}'`);
  const manifest = parseManifest(content, mediaType);
  const digest = digestOf(content);
  if (expected !== undefined && expected !== digest) {
    throw new AwsError('ImageDigestDoesNotMatchException', `The manifest's digest is '${digest}', not '${expected}'`);
  }
  const needed = blobsOf(manifest);
  const listed = manifest.manifests.map((entry) => entry.digest);
  requireAll(needed, repository.blobs, 'LayersNotFoundException', `Layers of the repository '${name}'`);
  requireAll(listed, images, 'ReferencedImagesNotFoundException', `Images of the repository '${name}'`);
  const sizes = await Promise.all(needed.map(async (blob) => (await blobs.size(blob)) ?? 0));
  const largestListed = Math.max(0, ...listed.map((one) => images.get(one)?.sizeInBytes ?? 0));
  await blobs.write(content);

  // No await from here on: two pushes of one immutable tag must not both find it free.
  if (tag !== undefined && repository.mutability === 'IMMUTABLE' && tags.has(tag)) {
    const message = `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`;
    throw new AwsError('ImageTagAlreadyExistsException', message);
  }
  const known = images.get(digest);
  const changed = !known || (tag !== undefined && tags.get(tag) !== digest);
  const stored = known ?? {
    digest,
    mediaType: manifest.mediaType,
    artifactMediaType: manifest.config?.mediaType,
    sizeInBytes: sizes.reduce((sum, size) => sum + size, largestListed),
    pushedAtMs: Date.now(),
  };
  images.set(digest, stored);
  if (tag !== undefined) tags.set(tag, digest);
  return { stored, changed };
}

function requireAll(digests: string[], known: { has(digest: string): boolean }, code: string, what: string): void {
  const missing = digests.filter((digest) => !known.has(digest));
  if (missing.length > 0) throw new AwsError(code, `${what} with digests '[${missing.join(', ')}]' could not be found`);
}
