import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { ECRClient, ImageTagMutability } from '@aws-sdk/client-ecr';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export type TarEntry = Partial<Header> & { name: string; content?: string };

export interface Layer {
  blob: Buffer;
  diffId: string;
}

export interface Image {
  config: Buffer;
  layers: Layer[];
  manifest: Buffer;
  digest: string;
}

export function sha256(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** A layer of these entries, gzipped unless said otherwise. */
export async function layerOf(entries: readonly TarEntry[], { gzip = true } = {}): Promise<Layer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  const plain = Buffer.concat(chunks);
  return { blob: gzip ? gzipSync(plain) : plain, diffId: sha256(plain) };
}

export function imageOf(layers: Layer[], { architecture = ARCHITECTURE, cmd = ['/run'] } = {}): Image {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: { Cmd: cmd }, rootfs }));
  const describe = (mediaType: string, blob: Buffer) => ({ mediaType, digest: sha256(blob), size: blob.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map(({ blob }) => describe('application/vnd.oci.image.layer.v1.tar+gzip', blob)),
    }),
  );
  return { config, layers, manifest, digest: sha256(manifest) };
}

export async function simpleImage(content = 'hello'): Promise<Image> {
  return imageOf([await layerOf([{ name: 'run', content, mode: 0o755 }])]);
}

/** A repository with its own login, and requests to it as a client of the registry makes them. */
export async function repositoryOf(
  { ecr, endpoint, registryHost }: { ecr: ECRClient; endpoint: string; registryHost: string },
  name: string,
  imageTagMutability: ImageTagMutability = 'MUTABLE',
) {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`;
  const base = `${endpoint}/v2/${name}`;
  const request = (method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) =>
    fetch(new URL(path, `${base}/`), {
      method,
      headers: { authorization, ...headers },
      ...(body && { body: new Uint8Array(body) }),
    });
  const pushBlob = (blob: Buffer) => request('POST', `blobs/uploads/?digest=${sha256(blob)}`, blob);
  const putManifest = (reference: string, manifest: Buffer, mediaType = OCI_MANIFEST) =>
    request('PUT', `manifests/${reference}`, manifest, { 'content-type': mediaType });
  return {
    name,
    uri: `${registryHost}/${name}`,
    request,
    pushBlob,
    putManifest,
    /** Pushes all of an image; answers the response to its manifest. */
    async push(image: Image, reference: string = image.digest) {
      for (const blob of [image.config, ...image.layers.map((layer) => layer.blob)]) await pushBlob(blob);
      return putManifest(reference, image.manifest);
    },
  };
}

/** The code of the registry's error, or the status when it is none. */
export async function errorOf(response: Response): Promise<string | number> {
  const body = await response.text();
  if (response.ok) return response.status;
  return (JSON.parse(body) as { errors: { code: string }[] }).errors[0]?.code ?? response.status;
}
