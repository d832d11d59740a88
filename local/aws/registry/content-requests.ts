import { putImage } from '../ecr/put-image';
import { readBody } from '../exchange';
import type { Answer } from '../exchange';
import { isDigest } from './blobs';
import { registryError } from './errors';
import type { Asked } from './handler';

/** The distribution specification asks registries to take manifests of at least 4 MiB. */
const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** GET and HEAD of a blob that was pushed to this very repository. */
export async function getBlob({ repository, name: digest, registry }: Asked): Promise<Answer> {
  const size = registry.repositories.find(repository).blobs.has(digest) ? await registry.blobs.size(digest) : undefined;
  if (size === undefined) return registryError('BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    'docker-content-digest': digest,
  };
  return { status: 200, headers, body: { file: registry.blobs.path(digest) } };
}

/** GET and HEAD, by tag or digest. What the client accepts is not asked: a manifest has one form here. */
export async function getManifest({ repository, name: reference, registry }: Asked): Promise<Answer> {
  const { images, tags } = registry.repositories.find(repository);
  const image = images.get(tags.get(reference) ?? reference);
  if (!image) return registryError('MANIFEST_UNKNOWN', `Requested image not found: ${repository} ${reference}`);
  const headers = { 'content-type': image.mediaType, 'docker-content-digest': image.digest };
  return { status: 200, headers, body: await registry.blobs.read(image.digest) };
}

/** PUT, by tag or digest, under the same rule as ECR's PutImage; but pushing the same again is no error here. */
export async function putManifest({ request, repository: name, name: reference, registry }: Asked): Promise<Answer> {
  const repository = registry.repositories.find(name);
  const content = await readBody(request, MANIFEST_LIMIT_BYTES);
  if (!content) return registryError('MANIFEST_INVALID', 'The manifest is larger than 4 MiB.');
  const named = isDigest(reference) ? { digest: reference, tag: undefined } : { digest: undefined, tag: reference };
  const mediaType = request.headers['content-type'];
  const { stored } = await putImage(repository, registry.blobs, { content, mediaType, ...named });
  const headers = { location: `/v2/${name}/manifests/${stored.digest}`, 'docker-content-digest': stored.digest };
  return { status: 201, headers, body: '' };
}

/** All tags at once, in the order of their names. */
export function listTags({ repository: name, registry }: Asked): Answer {
  const tags = [...registry.repositories.find(name).tags.keys()].sort();
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, tags }) };
}
