import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource, JsonObject } from '../contract';
import type { Repositories, Repository } from '../ecr/repositories';
import type { BlobStore } from './blobs';
import { applyLayer } from './layer';
import { parseManifest } from './manifest';
import type { Manifest } from './manifest';
import { look } from './paths';

/** Node's names of processors as OCI (and Go) writes them. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: '386',
};

export interface ImageSourceOptions {
  registryHost: string;
  repositories: Repositories;
  blobs: BlobStore;
  /** Unpacked images are kept here, as `<digest>/rootfs`. */
  directory: string;
}

interface Found {
  /** What the reference names; for an index, the index. */
  digest: string;
  /** The manifest for this machine. */
  manifest: Manifest;
}

/** The registry as the ECS engine sees it. Of an image index the image for this machine's processor is taken. */
export function createImageSource({ registryHost, repositories, blobs, directory }: ImageSourceOptions): ImageSource {
  const unpacking = new Map<string, Promise<string>>();

  async function find(image: string): Promise<Found | undefined> {
    const reference = parseReference(image);
    if (reference?.host !== registryHost) return undefined;
    const repository = repositories.all().find(({ name }) => name === reference.repository);
    const digest = reference.digest ?? repository?.tags.get(reference.tag);
    if (!repository || digest === undefined || !repository.images.has(digest)) return undefined;
    const manifest = await readManifest(repository, digest);
    return manifest && { digest, manifest };
  }

  async function readManifest(repository: Repository, digest: string): Promise<Manifest | undefined> {
    const image = repository.images.get(digest);
    if (!image) return undefined;
    const manifest = parseManifest(await blobs.read(digest), image.mediaType);
    if (manifest.config) return manifest;
    const architecture = ARCHITECTURES[process.arch] ?? process.arch;
    const fits = manifest.manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
    );
    return fits && readManifest(repository, fits.digest);
  }

  async function readConfig({ config }: Manifest): Promise<JsonObject> {
    return config ? (JSON.parse((await blobs.read(config.digest)).toString('utf8')) as JsonObject) : {};
  }

  async function unpackInto(place: string, manifest: Manifest): Promise<string> {
    const rootfs = join(place, 'rootfs');
    if (await look(rootfs)) return rootfs;
    const draft = `${place}.${randomUUID()}`;
    try {
      await mkdir(join(draft, 'rootfs'), { recursive: true });
      const diffIds = diffIdsOf(await readConfig(manifest));
      for (const [index, layer] of manifest.layers.entries()) {
        await applyLayer(blobs.path(layer.digest), join(draft, 'rootfs'), diffIds[index]);
      }
      await rename(draft, place);
      return rootfs;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  return {
    async resolve(image) {
      const found = await find(image);
      return found && { digest: found.digest, config: await readConfig(found.manifest) };
    },
    async unpack(image) {
      const found = await find(image);
      if (!found) throw new Error(`${image}: not found`);
      const { digest, manifest } = found;
      // A colon would end the path early where it becomes part of a PATH.
      const place = join(directory, digest.replace(':', '-'));
      const running = unpacking.get(place) ?? unpackInto(place, manifest).finally(() => unpacking.delete(place));
      unpacking.set(place, running);
      return running;
    },
  };
}

/** Reads `host/repository[:tag][@digest]`; a digest outweighs a tag, and no tag means `latest`. */
function parseReference(image: string) {
  const [, host, repository, tag = 'latest', digest] =
    /^([^/]+)\/([^:@]+)(?::([^:@/]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  return host && repository ? { host, repository, tag, digest } : undefined;
}

function diffIdsOf(config: JsonObject): string[] {
  const { diff_ids: diffIds } = (config['rootfs'] ?? {}) as { diff_ids?: unknown };
  return Array.isArray(diffIds) ? diffIds.filter((id) => typeof id === 'string') : [];
}
