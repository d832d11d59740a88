import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { isJsonObject, objectsOf, textOf } from '../../model/json';
import type { Json } from '../../model/json';
import { ask } from './ask';
import type { ServiceTarget } from '../../model/target';
import type { EcsContext } from './deps';
import { repositoryOf } from './image-reference';
import { maybe } from './views';

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/**
 * The digests that an image index lists, for a task that names the manifest of its own platform instead of the index
 * that it was told to run. Empty for a plain manifest. `reference` is `HOST/repository@digest` or with a tag.
 */
export async function digestsListedBy(
  { clientsOf }: EcsContext,
  target: ServiceTarget,
  reference: string,
  imageDigest: string,
): Promise<string[]> {
  const { repositoryName, registryId, region = target.region } = repositoryOf(reference);
  const answer = await ask(`ecr:BatchGetImage of ${repositoryName}`, (options) =>
    clientsOf(target)
      .ecr(region)
      .send(
        new BatchGetImageCommand({
          repositoryName,
          ...maybe('registryId', registryId),
          imageIds: [{ imageDigest }],
          acceptedMediaTypes: [...INDEX_TYPES, ...MANIFEST_TYPES],
        }),
        options,
      ),
  );
  const manifest = answer.images?.[0]?.imageManifest;
  if (manifest === undefined) return [];
  const parsed = JSON.parse(manifest) as Json;
  return objectsOf(isJsonObject(parsed) ? parsed['manifests'] : undefined).flatMap(
    (entry) => textOf(entry['digest']) ?? [],
  );
}
