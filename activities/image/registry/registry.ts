import { Readable } from 'node:stream';
import { TypedError } from '../../../model/failures';
import { digestOf } from './digest';
import { registryUrl, send, withRetries } from './request';
import type { RegistryAccess, RegistryRequest } from './request';

const LARGEST_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Content by its digest, readable as often as it takes. */
export interface Blob {
  digest: string;
  size: number;
  open(): Promise<Readable>;
}

export interface Manifest {
  mediaType: string;
  /** Exactly as stored: the digest is over these bytes. */
  bytes: Buffer;
  digest: string;
}

/** One registry, spoken to by the OCI distribution protocol. All steps are safe to repeat; errors are those of `send`. */
export interface Registry {
  host: string;
  pushBlob(repository: string, blob: Blob): Promise<void>;
  /** Makes a blob of another repository of this registry known in `repository`: mounted, or else copied. */
  takeBlob(repository: string, blob: { digest: string; size: number }, from: string): Promise<void>;
  /** Reads a whole blob; for configs, not for layers. Its digest is checked. */
  readBlob(repository: string, blob: { digest: string; size: number }): Promise<Buffer>;
  putManifest(repository: string, tag: string, manifest: Manifest): Promise<void>;
  /** `reference` is a tag or a digest; a digest is checked. */
  readManifest(repository: string, reference: string, accept: readonly string[]): Promise<Manifest>;
}

export function openRegistry(access: RegistryAccess, signal: AbortSignal): Registry {
  const ask = (request: Omit<RegistryRequest, 'url'> & { path: string | URL }) => {
    const { path, ...rest } = request;
    return send(access, { ...rest, url: typeof path === 'string' ? registryUrl(access.host, path) : path }, signal);
  };

  const has = async (repository: string, digest: string): Promise<boolean> =>
    (await ask({ method: 'HEAD', path: `/v2/${repository}/blobs/${digest}`, allow: [404] })).ok;

  /** Opens an upload and answers where to send it; nothing if the registry could mount the blob instead. */
  const openUpload = async (repository: string, mount?: { digest: string; from: string }): Promise<URL | undefined> => {
    const query =
      mount === undefined ? '' : `?${new URLSearchParams({ mount: mount.digest, from: mount.from }).toString()}`;
    const response = await ask({ method: 'POST', path: `/v2/${repository}/blobs/uploads/${query}` });
    await response.body?.cancel();
    if (response.status === 201) return undefined;
    const location = response.headers.get('location');
    if (location === null)
      throw new TypedError('ImagePush', `The registry ${access.host} opened an upload without a location.`);
    const home = registryUrl(access.host, '/');
    const url = new URL(location, home);
    if (url.origin !== home.origin) {
      throw new TypedError(
        'ImagePush',
        `The registry ${access.host} wants uploads to go to ${url.host}, another host; nothing was sent there.`,
      );
    }
    return url;
  };

  const upload = async (
    url: URL,
    { digest, size }: { digest: string; size: number },
    stream: Readable,
  ): Promise<void> => {
    url.searchParams.set('digest', digest);
    try {
      const headers = { 'content-type': 'application/octet-stream' };
      const response = await ask({ method: 'PUT', path: url, headers, body: { stream, size } });
      await response.body?.cancel();
    } finally {
      stream.destroy();
    }
  };

  const read = async (
    path: string,
    headers: Record<string, string>,
    most: number,
  ): Promise<{ bytes: Buffer; type: string }> => {
    const response = await ask({ method: 'GET', path, headers, expect: most });
    return {
      bytes: await readAtMost(response, most, access.host, signal),
      type: response.headers.get('content-type') ?? '',
    };
  };

  return {
    host: access.host,

    pushBlob: (repository, blob) =>
      withRetries(signal, async () => {
        if (await has(repository, blob.digest)) return;
        const url = await openUpload(repository);
        if (url !== undefined) await upload(url, blob, await blob.open());
      }),

    takeBlob: (repository, blob, from) =>
      withRetries(signal, async () => {
        if (repository === from || (await has(repository, blob.digest))) return;
        // ECR mounts only where the account allows it, and otherwise opens an ordinary upload.
        const url = await openUpload(repository, { digest: blob.digest, from });
        if (url === undefined) return;
        const path = `/v2/${from}/blobs/${blob.digest}`;
        const { body } = await ask({ method: 'GET', path, expect: blob.size });
        if (body === null)
          throw new TypedError('Unavailable', `The registry ${access.host} sent blob ${blob.digest} empty.`);
        await upload(url, blob, Readable.fromWeb(body));
      }),

    readBlob: (repository, { digest, size }) =>
      withRetries(signal, async () => {
        const { bytes } = await read(`/v2/${repository}/blobs/${digest}`, {}, size);
        if (digestOf(bytes) !== digest) throw differs(access.host, digest, digestOf(bytes));
        return bytes;
      }),

    putManifest: (repository, tag, { mediaType, bytes, digest }) =>
      withRetries(signal, async () => {
        const headers = { 'content-type': mediaType };
        const response = await ask({ method: 'PUT', path: `/v2/${repository}/manifests/${tag}`, headers, body: bytes });
        await response.body?.cancel();
        const stored = response.headers.get('docker-content-digest');
        if (stored !== null && stored !== digest) throw differs(access.host, digest, stored);
      }),

    readManifest: (repository, reference, accept) =>
      withRetries(signal, async () => {
        const headers = { accept: accept.join(', ') };
        const { bytes, type } = await read(`/v2/${repository}/manifests/${reference}`, headers, LARGEST_MANIFEST_BYTES);
        const digest = digestOf(bytes);
        if (reference.includes(':') && reference !== digest) throw differs(access.host, reference, digest);
        return { mediaType: type.split(';')[0]?.trim() ?? '', bytes, digest };
      }),
  };
}

async function readAtMost(response: Response, most: number, host: string, signal: AbortSignal): Promise<Buffer> {
  const body: AsyncIterable<Uint8Array> = response.body ?? Readable.from([]);
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      size += piece.length;
      if (size > most) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new TypedError('Unavailable', `The registry ${host} broke off its answer.`, { cause: error });
  }
  if (size > most) throw new TypedError('ImagePush', `The registry ${host} sent more than the ${most} bytes expected.`);
  return Buffer.concat(pieces);
}

function differs(host: string, wanted: string, got: string): TypedError {
  return new TypedError('ImagePush', `The registry ${host} holds ${got} where ${wanted} was expected.`);
}
