import type { Answer } from '../exchange';
import { isDigest } from './blobs';
import { registryError } from './errors';
import type { Asked } from './handler';

/** POST: mounts a blob of another repository (`mount`, `from`), takes a whole blob (`digest`), or opens an upload. */
export async function startUpload(asked: Asked): Promise<Answer> {
  const { query, repository, registry } = asked;
  const { blobs } = registry.repositories.find(repository);
  const mount = query.get('mount');
  const source = registry.repositories.all().find(({ name }) => name === query.get('from'));
  if (mount && source?.blobs.has(mount)) {
    blobs.add(mount);
    return created(repository, mount);
  }
  const name = await registry.blobs.startUpload();
  registry.uploads.set(name, repository);
  return query.has('digest') ? finishUpload({ ...asked, name }) : accepted({ ...asked, name }, 0);
}

/** PATCH: appends. A chunk that says where it belongs (`Content-Range`) must follow the last byte. */
export async function continueUpload(asked: Asked): Promise<Answer> {
  const { request, name, registry } = asked;
  if (!isOpen(asked)) return unknownUpload(asked);
  const begins = /^(?:bytes )?(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
  const size = await registry.blobs.uploadSize(name);
  if (begins !== undefined && Number(begins) !== size) {
    const message = `the chunk begins at ${begins}, the upload ends at ${size}`;
    return registryError('BLOB_UPLOAD_INVALID', message, range(size));
  }
  return accepted(asked, await registry.blobs.append(name, request));
}

/** PUT: appends what it carries and makes the upload a blob, if it has the digest that the client says. */
export async function finishUpload(asked: Asked): Promise<Answer> {
  const { request, query, repository, name, registry } = asked;
  if (!isOpen(asked)) return unknownUpload(asked);
  const digest = query.get('digest') ?? '';
  if (!isDigest(digest)) return registryError('DIGEST_INVALID', `'${digest}' is not a sha256 digest`);
  await registry.blobs.append(name, request);
  registry.uploads.delete(name);
  if (!(await registry.blobs.finish(name, digest))) {
    return registryError('DIGEST_INVALID', `the uploaded content does not have the digest ${digest}`);
  }
  registry.repositories.find(repository).blobs.add(digest);
  return created(repository, digest);
}

function isOpen({ repository, name, registry }: Asked): boolean {
  return registry.uploads.get(name) === registry.repositories.find(repository).name;
}

function unknownUpload({ repository, name }: Asked): Answer {
  return registryError('BLOB_UPLOAD_UNKNOWN', `no upload '${name}' is open in '${repository}'`);
}

function created(repository: string, digest: string): Answer {
  const headers = { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest };
  return { status: 201, headers, body: '' };
}

function accepted({ repository, name }: Asked, size: number): Answer {
  const location = `/v2/${repository}/blobs/uploads/${name}`;
  return { status: 202, headers: { location, 'docker-upload-uuid': name, ...range(size) }, body: '' };
}

/** `Range` names the last byte; the protocol writes `0-0` for an empty upload too. */
function range(size: number): { range: string } {
  return { range: `0-${Math.max(0, size - 1)}` };
}
