import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource, JsonObject } from '../contract';
import type { Repository } from '../ecr/repositories';
import { object, texts } from '../input';
import type { Registry } from './handler';
import { applyLayer, look } from './layer';
import { parseManifest } from './manifest';
import type { Manifest } from './manifest';

/** `host/repository[:tag][@digest]`; a digest outweighs a tag. */
const REFERENCE = /^([^/]+)\/([^:@]+)(?::([^:@/]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Node's names of processors as OCI (and Go) writes them, where they differ. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };

/**
 * The registry as the ECS engine sees it; images are unpacked into `directory`, as `<digest>/rootfs`.
 * Of an image index, the digest is the index's own and the content is the image's for this machine's processor.
 */
export function createImageSource({ host, repositories, blobs }: Registry, directory: string): ImageSource {
  const unpacking = new Map<string, Promise<string>>();

  async function find(image: string) {
    const [, named, path, tag = 'latest', pinned] = REFERENCE.exec(image) ?? [];
    const repository = named === host ? repositories.all().find(({ name }) => name === path) : undefined;
    const digest = pinned ?? repository?.tags.get(tag);
    if (!repository || digest === undefined) return undefined;
    const manifest = await readManifest(repository, digest);
    return manifest && { digest, manifest };
  }

  async function readManifest(repository: Repository, digest: string): Promise<Manifest | undefined> {
    const image = repository.images.get(digest);
    if (!image) return undefined;
    const manifest = parseManifest(await blobs.read(digest), image.mediaType);
    if (manifest.config) return manifest;
    const architecture = ARCHITECTURES[process.arch] ?? process.arch;
    const fits = manifest.manifests.find(({ platform: p }) => p?.os === 'linux' && p.architecture === architecture);
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
      const diffIds = texts(object(await readConfig(manifest), 'rootfs') ?? {}, 'diff_ids') ?? [];
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
