import { putImage } from '../ecr/put-image';
import { readBody } from '../exchange';
import type { Answer } from '../exchange';
import { isDigest } from './blobs';
import { registryError } from './errors';
import type { Asked } from './handler';

/** The distribution specification asks registries to take manifests of at least 4 MiB. */
const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** POST: mounts a blob of another repository (`mount`, `from`), takes a whole blob (`digest`), or opens an upload. */
export async function startUpload(asked: Asked): Promise<Answer> {
  const { query, repository, registry } = asked;
  const mount = query.get('mount');
  const source = registry.repositories.all().find(({ name }) => name === query.get('from'));
  if (mount && source?.blobs.has(mount)) return addBlob(asked, mount);
  const name = await registry.blobs.startUpload();
  repository.uploads.add(name);
  return query.has('digest') ? finishUpload({ ...asked, name }) : accepted({ ...asked, name }, 0);
}

/** PATCH: appends. A chunk that says where it belongs (`Content-Range`) must follow the last byte. */
export async function continueUpload(asked: Asked): Promise<Answer> {
  const { request, repository, name, registry } = asked;
  if (!repository.uploads.has(name)) return unknownUpload(asked);
  const begins = /^(?:bytes )?(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
  const size = await registry.blobs.uploadSize(name);
  if (begins === undefined || Number(begins) === size) {
    return accepted(asked, await registry.blobs.append(name, request));
  }
  const message = `the chunk begins at ${begins}, the upload ends at ${size}`;
  return registryError('BLOB_UPLOAD_INVALID', message, range(size));
}

/** PUT: appends what it carries and makes the upload a blob, if it has the digest that the client says. */
export async function finishUpload(asked: Asked): Promise<Answer> {
  const { request, query, repository, name, registry } = asked;
  if (!repository.uploads.has(name)) return unknownUpload(asked);
  const digest = query.get('digest') ?? '';
  if (!isDigest(digest)) return registryError('DIGEST_INVALID', `'${digest}' is not a sha256 digest`);
  await registry.blobs.append(name, request);
  repository.uploads.delete(name);
  if (await registry.blobs.finish(name, digest)) return addBlob(asked, digest);
  return registryError('DIGEST_INVALID', `the uploaded content does not have the digest ${digest}`);
}

function addBlob({ repository }: Asked, digest: string): Answer {
  repository.blobs.add(digest);
  const location = `/v2/${repository.name}/blobs/${digest}`;
  return { status: 201, headers: { location, 'docker-content-digest': digest }, body: '' };
}

function accepted({ repository, name }: Asked, size: number): Answer {
  const location = `/v2/${repository.name}/blobs/uploads/${name}`;
  return { status: 202, headers: { location, 'docker-upload-uuid': name, ...range(size) }, body: '' };
}

/** `Range` names the last byte; the protocol writes `0-0` for an empty upload too. */
function range(size: number): { range: string } {
  return { range: `0-${Math.max(0, size - 1)}` };
}

function unknownUpload({ repository, name }: Asked): Answer {
  return registryError('BLOB_UPLOAD_UNKNOWN', `no upload '${name}' is open in '${repository.name}'`);
}

/** GET and HEAD of a blob that was pushed to this very repository. */
export async function getBlob({ repository, name: digest, registry }: Asked): Promise<Answer> {
  const size = repository.blobs.has(digest) ? await registry.blobs.size(digest) : undefined;
  if (size === undefined) return registryError('BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
  const type = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  const headers = { ...type, 'docker-content-digest': digest };
  return { status: 200, headers, body: { file: registry.blobs.path(digest) } };
}

/** GET and HEAD, by tag or digest. What the client accepts is not asked: a manifest has one form here. */
export async function getManifest({ repository, name: reference, registry }: Asked): Promise<Answer> {
  const image = repository.images.get(repository.tags.get(reference) ?? reference);
  if (!image) return registryError('MANIFEST_UNKNOWN', `Requested image not found: ${repository.name} ${reference}`);
  const headers = { 'content-type': image.mediaType, 'docker-content-digest': image.digest };
  return { status: 200, headers, body: await registry.blobs.read(image.digest) };
}

/** PUT, by tag or digest, under the same rule as ECR's PutImage; but pushing the same again is no error here. */
export async function putManifest({ request, repository, name: reference, registry }: Asked): Promise<Answer> {
  const content = await readBody(request, MANIFEST_LIMIT_BYTES);
  if (!content) return registryError('MANIFEST_INVALID', 'The manifest is larger than 4 MiB.');
  const named = isDigest(reference) ? { digest: reference, tag: undefined } : { digest: undefined, tag: reference };
  const mediaType = request.headers['content-type'];
  const { stored } = await putImage(repository, registry.blobs, { content, mediaType, ...named });
  const location = `/v2/${repository.name}/manifests/${stored.digest}`;
  return { status: 201, headers: { location, 'docker-content-digest': stored.digest }, body: '' };
}

/** All tags at once, in the order of their names. */
export function listTags({ repository: { name, tags } }: Asked): Answer {
  const body = JSON.stringify({ name, tags: [...tags.keys()].sort() });
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}
