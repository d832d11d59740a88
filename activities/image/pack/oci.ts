import { digestOf } from '../registry/digest';
import type { Manifest } from '../registry/registry';
import type { PackBuild } from '../../../model/plan';
import { fillInCommit, REVISION_LABEL } from '../builder';

/** Media types. Source: OCI image spec, "Media types", and Docker's image manifest v2 schema 2. */
export const MEDIA = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** Images know their commit; a time of building would only give the same content another digest. */
const CREATED = '1970-01-01T00:00:00Z';

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** The parts of an OCI image config that are read here; all others of a base are kept as they are. */
export interface ImageConfig {
  architecture?: string;
  os?: string;
  config?: { Env?: string[]; Labels?: Record<string, string>; [key: string]: unknown };
  rootfs?: { type: string; diff_ids: string[] };
  history?: unknown[];
  [key: string]: unknown;
}

/** What our layer is put on. */
export interface Base {
  config: ImageConfig;
  layers: Descriptor[];
}

export interface ComposedImage {
  manifest: Manifest;
  config: Buffer;
}

/**
 * Config and manifest of the image: the base's, if any, with our layer on top. A base keeps its entry point, since
 * `command` is what Dockerfile, Compose and ECS call so: the arguments of the entry point, the whole command without one.
 * Pure: the same arguments give the same bytes.
 */
export function composeImage(
  build: PackBuild,
  commit: string,
  layer: { digest: string; size: number; diffId: string },
  base?: Base,
): ComposedImage {
  const [os, architecture] = build.platform.split('/');
  const inherited = base?.config.config ?? {};
  const config = json({
    ...base?.config,
    created: CREATED,
    architecture,
    os,
    config: {
      ...inherited,
      ...(build.user === undefined ? {} : { User: build.user }),
      Env: mergeEnvironment(inherited.Env ?? [], build.environment, commit),
      Cmd: build.command,
      WorkingDir: build.workdir,
      Labels: { ...inherited.Labels, [REVISION_LABEL]: commit },
    },
    rootfs: { type: 'layers', diff_ids: [...(base?.config.rootfs?.diff_ids ?? []), layer.diffId] },
    history: [...(base?.config.history ?? []), { created: CREATED, created_by: 'sluice pack' }],
  });
  const bytes = json({
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: { mediaType: MEDIA.config, digest: digestOf(config), size: config.length },
    layers: [...(base?.layers ?? []), { mediaType: MEDIA.layer, digest: layer.digest, size: layer.size }],
    annotations: { [REVISION_LABEL]: commit },
  });
  return { config, manifest: { mediaType: MEDIA.manifest, bytes, digest: digestOf(bytes) } };
}

function mergeEnvironment(inherited: string[], own: Record<string, string>, commit: string): string[] {
  const merged = new Map(inherited.map((entry) => [entry.split('=', 1)[0] ?? entry, entry]));
  for (const [name, value] of Object.entries(own)) merged.set(name, `${name}=${fillInCommit(value, commit)}`);
  return [...merged.values()];
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
