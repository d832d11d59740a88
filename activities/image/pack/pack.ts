import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TypedError } from '../../../model/failures';
import type { PackBuild } from '../../../model/plan';
import type { BuildContext, BuiltImage } from '../builder';
import { digestOf } from '../registry/digest';
import { openRegistry } from '../registry/registry';
import { RegistryRefusal } from '../registry/request';
import { parseBase, readBase } from './base';
import { packLayer } from './layer';
import { composeImage } from './oci';
import { selectFiles } from './select-files';

/**
 * Builds an image without a Dockerfile or a daemon: one reproducible layer with the named files, on a base or on nothing.
 * None of the commit's code is run. The base is read when the image is pushed, since only then the registry may be asked:
 * until then `digest` is that of the image without its base.
 */
export async function pack(build: PackBuild, context: BuildContext): Promise<BuiltImage> {
  const { source, scratch, signal, input } = context;
  const { commit } = input;
  const from = build.base === undefined ? undefined : parseBase(build.base);
  const files = await selectFiles(source, build.files, build.exclude);
  const layer = await packLayer(source, files, build.workdir, join(scratch, 'layer.tar.gz'), signal);
  return {
    digest: composeImage(build, commit, layer).manifest.digest,
    async push({ access, repository, tag }) {
      const registry = openRegistry(access, signal);
      const base = from && (await readBase(registry, from, build.platform).catch(baseRefused(from.repository)));
      for (const blob of base?.layers ?? []) await registry.takeBlob(repository, blob, from?.repository ?? repository);
      await registry.pushBlob(repository, layer);
      const { config, manifest } = composeImage(build, commit, layer, base);
      const open = () => Promise.resolve(Readable.from([config]));
      await registry.pushBlob(repository, { digest: digestOf(config), size: config.length, open });
      await registry.putManifest(repository, tag, manifest);
      return manifest.digest;
    },
    dispose: () => Promise.resolve(),
  };
}

function baseRefused(repository: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof RegistryRefusal)) throw error;
    throw new TypedError('ImageBuild', `The base image ${repository} cannot be read: ${error.message}.`, {
      cause: error,
    });
  };
}
