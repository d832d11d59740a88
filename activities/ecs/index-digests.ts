import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { isJsonObject, objectsOf, textOf } from '../../model/json';
import type { Json } from '../../model/json';
import { ask } from './ask';
import type { ServiceTarget } from '../../model/target';
import type { EcsContext } from './deps';

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, in every partition. */
const ECR_HOST = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./;

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
  const host = reference.slice(0, reference.indexOf('/'));
  const repositoryName = reference.slice(host.length + 1).replace(/@.*$|:[^/]*$/g, '');
  const [, registryId, registryRegion] = ECR_HOST.exec(host) ?? [];
  const answer = await ask(`ecr:BatchGetImage of ${repositoryName}`, (options) =>
    clientsOf(target)
      .ecr(registryRegion ?? target.region)
      .send(
        new BatchGetImageCommand({
          repositoryName,
          ...(registryId === undefined ? {} : { registryId }),
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
