import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { invalid, requiredText, text } from '../ecs/input';
import type { BlobStore } from '../registry/blobs';
import { batch, filtered, findDigest, imageIds, page, tagsOf } from './image-ids';
import type { ImageId } from './image-ids';
import { putImage } from './put-image';
import type { Repositories, Repository } from './repositories';

/** The actions on images. Sizes and digests are those of what was really pushed. */
export function imageActions(repositories: Repositories, blobs: BlobStore): Record<string, Action> {
  const registryId = repositories.accountId;
  const repositoryOf = (input: JsonObject) => repositories.find(requiredText(input, 'repositoryName'));

  const describe = (repository: Repository, imageDigest: string): JsonObject => {
    const image = repository.images.get(imageDigest);
    const imageTags = tagsOf(repository, imageDigest);
    return {
      registryId,
      repositoryName: repository.name,
      imageDigest,
      imageTags: imageTags.length > 0 ? imageTags : undefined,
      imageSizeInBytes: image?.sizeInBytes,
      imagePushedAt: image && image.pushedAtMs / 1000,
      imageManifestMediaType: image?.mediaType,
      artifactMediaType: image?.artifactMediaType,
      imageStatus: 'ACTIVE',
    };
  };
  const withManifest = async (
    repository: Repository,
    imageDigest: string,
    imageTag: string | undefined,
  ): Promise<JsonObject> => ({
    registryId,
    repositoryName: repository.name,
    imageId: { imageDigest, imageTag },
    imageManifest: (await blobs.read(imageDigest)).toString('utf8'),
    imageManifestMediaType: repository.images.get(imageDigest)?.mediaType,
  });

  return {
    async PutImage(input) {
      const repository = repositoryOf(input);
      const tag = text(input, 'imageTag');
      const content = Buffer.from(requiredText(input, 'imageManifest'));
      const said = { mediaType: text(input, 'imageManifestMediaType'), digest: text(input, 'imageDigest') };
      const { stored, changed } = await putImage(repository, blobs, { content, tag, ...said });
      if (changed) return { image: await withManifest(repository, stored.digest, tag) };
      const message = `Image with digest '${stored.digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${repository.name}'`;
      throw new AwsError('ImageAlreadyExistsException', message);
    },

    DescribeImages(input) {
      const repository = repositoryOf(input);
      const digests = imageIds(input)?.map((id) => existing(repository, id, registryId));
      const { items, nextToken } = page(digests ?? filtered(repository, input).map(({ digest }) => digest), input);
      return { imageDetails: items.map((digest) => describe(repository, digest)), nextToken };
    },

    ListImages(input) {
      const ids = filtered(repositoryOf(input), input).flatMap(({ digest, tags }) => idsOf(digest, tags));
      const { items, nextToken } = page(ids, input);
      return { imageIds: items, nextToken };
    },

    async BatchGetImage(input) {
      const repository = repositoryOf(input);
      const images: Promise<JsonObject>[] = [];
      const failures = batch(input, repository, (digest, id) =>
        images.push(withManifest(repository, digest, id.imageTag)),
      );
      return { images: await Promise.all(images), failures };
    },

    BatchDeleteImage(input) {
      const repository = repositoryOf(input);
      const deleted: JsonObject[] = [];
      const failures = batch(input, repository, (digest, id) => deleted.push(...remove(repository, digest, id)));
      return { imageIds: deleted, failures };
    },
  };
}

function existing(repository: Repository, id: ImageId, registryId: string): string {
  const found = findDigest(repository, id);
  if ('digest' in found) return found.digest;
  if (found.failure === 'MissingDigestAndTag')
    throw invalid("Invalid parameter at 'imageIds': both tag and digest cannot be null");
  const named = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  const message = `The image with imageId ${named} does not exist within the repository with name '${repository.name}' in the registry with id '${registryId}'`;
  throw new AwsError('ImageNotFoundException', message);
}

/** A tag takes away the tag, and the image with its last tag; a digest takes away the image and all its tags. */
function remove(repository: Repository, digest: string, id: ImageId): JsonObject[] {
  const tags = id.imageDigest === undefined && id.imageTag !== undefined ? [id.imageTag] : tagsOf(repository, digest);
  for (const tag of tags) repository.tags.delete(tag);
  if (tagsOf(repository, digest).length === 0) repository.images.delete(digest);
  return idsOf(digest, tags);
}

function idsOf(imageDigest: string, tags: readonly string[]): JsonObject[] {
  return tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }];
}
