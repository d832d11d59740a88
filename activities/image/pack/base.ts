import { TypedError } from '../../../model/failures';
import type { Platform } from '../../../model/plan';
import type { Registry } from '../registry/registry';
import { MEDIA } from './oci';
import type { Base, Descriptor, ImageConfig } from './oci';

export interface BaseReference {
  /** As written; absent means the registry of the image. */
  host: string | undefined;
  repository: string;
  /** Tag or digest. */
  reference: string;
}

interface ManifestBody {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: (Descriptor & { platform?: { os?: string; architecture?: string } })[];
}

/** Reads `repository:tag` or `repository@sha256:…`, with or without a host in front. Throws `ImageBuild` for anything else. */
export function parseBase(base: string): BaseReference {
  const match = /^(?:(?<host>[^/]*[.:][^/]*|localhost)\/)?(?<repository>[^:@]+)(?:@(?<digest>.+)|:(?<tag>.+))$/.exec(
    base,
  );
  const { host, repository, digest, tag } = match?.groups ?? {};
  const reference = digest ?? tag;
  if (repository !== undefined && reference !== undefined) return { host, repository, reference };
  throw new TypedError(
    'ImageBuild',
    `image.base "${base}" is not a name with a tag or a digest (repository@sha256:…).`,
  );
}

/**
 * Reads the base's config and layers for one platform, out of an index where it is one. Throws `ImageBuild` where there
 * is none, and for another registry: its layers could not be referenced, and our token would not open it.
 */
export async function readBase(registry: Registry, base: BaseReference, platform: Platform): Promise<Base> {
  if (base.host !== undefined && base.host !== registry.host) {
    const where = `which is not the registry of the image (${registry.host})`;
    throw new TypedError('ImageBuild', `image.base is in ${base.host}, ${where}; copy it there first.`);
  }
  const name = `${base.repository} (${base.reference})`;
  const accept = [MEDIA.manifest, MEDIA.dockerManifest, MEDIA.index, MEDIA.dockerIndex];
  const found = await registry.readManifest(base.repository, base.reference, accept);
  let body = JSON.parse(found.bytes.toString()) as ManifestBody;
  if (body.manifests !== undefined) {
    const child = body.manifests.find(
      (one) => `${one.platform?.os ?? ''}/${one.platform?.architecture ?? ''}` === platform,
    );
    if (child === undefined)
      throw new TypedError('ImageBuild', `The base image ${name} does not exist for ${platform}.`);
    const manifest = await registry.readManifest(base.repository, child.digest, accept);
    body = JSON.parse(manifest.bytes.toString()) as ManifestBody;
  }
  if (body.config === undefined || body.layers === undefined) {
    throw new TypedError('ImageBuild', `The base image ${name} has a manifest without config or layers.`);
  }
  const config = JSON.parse((await registry.readBlob(base.repository, body.config)).toString()) as ImageConfig;
  const built = `${config.os ?? ''}/${config.architecture ?? ''}`;
  if (built !== platform)
    throw new TypedError('ImageBuild', `The base image ${name} is for ${built}, not for ${platform}.`);
  return { config, layers: body.layers.map(inOciWords) };
}

/** Docker's layers are the same bytes under another name, and an OCI manifest should not mix the two. */
function inOciWords({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: mediaType === MEDIA.dockerLayer ? MEDIA.layer : mediaType, digest, size };
}
