import { AwsError } from '../contract';
import type { JsonObject, JsonService } from '../contract';
import { invalid, objects, requiredText, text, texts } from '../input';
import type { Registry } from '../registry/handler';
import { putImage } from './put-image';
import type { Repository, TagMutability } from './repositories';

const MISSING = { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };

/** How a caller names an image: a tag, a digest, or both. */
interface ImageId {
  imageDigest: string | undefined;
  imageTag: string | undefined;
}

/** The ECR API over the same repositories and blobs that the registry serves. */
export function createEcr(region: string, { host, repositories, tokens, blobs }: Registry): JsonService {
  const registryId = repositories.accountId;
  const repositoryOf = (input: JsonObject) => repositories.find(requiredText(input, 'repositoryName'));

  const describeRepository = (repository: Repository): JsonObject => ({
    repositoryArn: `arn:aws:ecr:${region}:${registryId}:repository/${repository.name}`,
    registryId,
    repositoryName: repository.name,
    repositoryUri: `${host}/${repository.name}`,
    createdAt: repository.createdAtMs / 1000,
    imageTagMutability: repository.mutability,
  });
  const describeImage = (repository: Repository, imageDigest: string): JsonObject => {
    const image = repository.images.get(imageDigest);
    const imageTags = [...repository.tags].filter(([, tagged]) => tagged === imageDigest).map(([tag]) => tag);
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
  const withManifest = async (repository: Repository, imageDigest: string, imageTag?: string): Promise<JsonObject> => ({
    registryId,
    repositoryName: repository.name,
    imageId: { imageDigest, imageTag },
    imageManifest: (await blobs.read(imageDigest)).toString('utf8'),
    imageManifestMediaType: repository.images.get(imageDigest)?.mediaType,
  });

  const actions: JsonService['actions'] = {
    CreateRepository(input) {
      const repository = repositories.create(requiredText(input, 'repositoryName'), mutability(input));
      return { repository: describeRepository(repository) };
    },
    DescribeRepositories(input) {
      const found = texts(input, 'repositoryNames')?.map((name) => repositories.find(name)) ?? repositories.all();
      return { repositories: found.map(describeRepository) };
    },
    GetAuthorizationToken(_input, { accessKeyId }) {
      const { password, expiresAtMs } = tokens.issue(accessKeyId);
      const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
      const expiresAt = expiresAtMs / 1000;
      return { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `http://${host}` }] };
    },
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
      const ids = imageIds(input);
      const digests = ids.length > 0 ? ids.map((id) => existing(repository, id)) : [...repository.images.keys()];
      return { imageDetails: digests.map((digest) => describeImage(repository, digest)) };
    },
    async BatchGetImage(input) {
      const repository = repositoryOf(input);
      const images: JsonObject[] = [];
      const failures: JsonObject[] = [];
      for (const id of imageIds(input)) {
        const digest = findDigest(repository, id);
        if (digest !== undefined) images.push(await withManifest(repository, digest, id.imageTag));
        else failures.push({ imageId: { ...id }, ...MISSING });
      }
      return { images, failures };
    },
  };
  return { name: 'ecr', targetPrefix: 'AmazonEC2ContainerRegistry_V20150921', actions };

  function existing(repository: Repository, id: ImageId): string {
    const digest = findDigest(repository, id);
    if (digest !== undefined) return digest;
    const named = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
    const message = `The image with imageId ${named} does not exist within the repository with name '${repository.name}' in the registry with id '${registryId}'`;
    throw new AwsError('ImageNotFoundException', message);
  }
}

function imageIds(input: JsonObject): ImageId[] {
  return objects(input, 'imageIds').map((id) => {
    const named = { imageDigest: text(id, 'imageDigest'), imageTag: text(id, 'imageTag') };
    if (named.imageDigest ?? named.imageTag) return named;
    throw invalid("Invalid parameter at 'imageIds': both tag and digest cannot be null");
  });
}

/** The digest that an id names; undefined where there is none, or where the tag is another image's. */
function findDigest({ images, tags }: Repository, { imageDigest, imageTag }: ImageId): string | undefined {
  const tagged = imageTag === undefined ? imageDigest : tags.get(imageTag);
  const digest = imageDigest ?? tagged;
  return digest !== undefined && digest === tagged && images.has(digest) ? digest : undefined;
}

function mutability(input: JsonObject): TagMutability {
  const wanted = text(input, 'imageTagMutability') ?? 'MUTABLE';
  if (wanted === 'MUTABLE' || wanted === 'IMMUTABLE') return wanted;
  const known = 'the local AWS knows MUTABLE and IMMUTABLE';
  throw invalid(`Invalid parameter at 'imageTagMutability': ${known}, not '${wanted}'`);
}
