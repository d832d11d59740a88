import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { openHarness } from '../harness';
import type { Harness } from '../harness';
import { imageOf, layerOf, OCI_INDEX, OCI_MANIFEST, repositoryOf, sha256, simpleImage } from '../images';

const TWELVE_HOURS_MS = 12 * 3_600_000;

let local: Harness;
beforeAll(async () => {
  local = await openHarness();
});
afterAll(() => local.close());

describe('repositories', () => {
  it('are created once, with a URI at the same port as the API', async () => {
    const create = new CreateRepositoryCommand({ repositoryName: 'shop/api', imageTagMutability: 'IMMUTABLE' });
    const { repository } = await local.ecr.send(create);
    expect(repository).toMatchObject({
      repositoryArn: 'arn:aws:ecr:eu-west-1:000000000000:repository/shop/api',
      registryId: '000000000000',
      repositoryUri: `${local.core.registryHost}/shop/api`,
      imageTagMutability: 'IMMUTABLE',
      createdAt: expect.any(Date) as Date,
    });
    await expect(local.ecr.send(create)).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
    const { repositories } = await local.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['shop/api'] }));
    expect(repositories).toEqual([repository]);
  });

  it.each(['A', 'x', '-x', 'a//b', 'a/', 'a'.repeat(257)])('may not be named %j', async (repositoryName) => {
    const create = new CreateRepositoryCommand({ repositoryName });
    await expect(local.ecr.send(create)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('answer RepositoryNotFoundException where there is none', async () => {
    const repositoryName = 'not/there';
    for (const call of [
      local.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
      local.ecr.send(new DescribeImagesCommand({ repositoryName })),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'RepositoryNotFoundException',
        message: "The repository with name 'not/there' does not exist in the registry with id '000000000000'",
      });
    }
  });
});

it('hands out authorization tokens for 12 hours', async () => {
  const { authorizationData } = await local.ecr.send(new GetAuthorizationTokenCommand({}));
  const [data] = authorizationData!;
  expect(data?.proxyEndpoint).toBe(local.core.endpoint);
  expect(Buffer.from(data!.authorizationToken!, 'base64').toString()).toMatch(/^AWS:.{32,}$/);
  expect(Math.abs(data!.expiresAt!.getTime() - Date.now() - TWELVE_HOURS_MS)).toBeLessThan(60_000);
});

describe('images', () => {
  it('are described with their real size, digest, type and tags', async () => {
    const repository = await repositoryOf(local, 'images/described');
    const image = await simpleImage();
    await repository.push(image, 'v1');
    await repository.putManifest('latest', image.manifest);
    const describe = new DescribeImagesCommand({ repositoryName: repository.name, imageIds: [{ imageTag: 'v1' }] });
    const { imageDetails } = await local.ecr.send(describe);
    expect(imageDetails).toEqual([
      {
        registryId: '000000000000',
        repositoryName: 'images/described',
        imageDigest: image.digest,
        imageTags: ['v1', 'latest'],
        imageSizeInBytes: image.config.length + image.layers[0]!.blob.length,
        imagePushedAt: expect.any(Date) as Date,
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: 'application/vnd.oci.image.config.v1+json',
        imageStatus: 'ACTIVE',
      },
    ]);
  });

  it('that are missing are ImageNotFoundException, or failures of a batch', async () => {
    const { name: repositoryName } = await repositoryOf(local, 'images/missing');
    const imageIds = [{ imageTag: 'v9' }];
    await expect(local.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds }))).rejects.toMatchObject({
      name: 'ImageNotFoundException',
      message: `The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name '${repositoryName}' in the registry with id '000000000000'`,
    });
    const { images, failures } = await local.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    expect(images).toEqual([]);
    expect(failures).toMatchObject([{ imageId: { imageTag: 'v9' }, failureCode: 'ImageNotFound' }]);
  });

  it('are got as the bytes that were pushed', async () => {
    const repository = await repositoryOf(local, 'images/got');
    const image = await simpleImage();
    await repository.push(image, 'v1');
    const { images, failures } = await local.ecr.send(
      new BatchGetImageCommand({
        repositoryName: repository.name,
        imageIds: [{ imageTag: 'v1' }, { imageTag: 'v1', imageDigest: `sha256:${'0'.repeat(64)}` }],
      }),
    );
    expect(images).toMatchObject([
      { imageId: { imageTag: 'v1', imageDigest: image.digest }, imageManifest: image.manifest.toString() },
    ]);
    expect(failures?.map(({ failureCode }) => failureCode)).toEqual(['ImageNotFound']);
    const unnamed = new BatchGetImageCommand({ repositoryName: repository.name, imageIds: [{}] });
    await expect(local.ecr.send(unnamed)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('PutImage', () => {
  it('tags again what is there, and says when nothing changes', async () => {
    const repository = await repositoryOf(local, 'put/again');
    const image = await simpleImage();
    await repository.push(image, 'v1');
    const put = (imageTag: string) =>
      local.ecr.send(
        new PutImageCommand({ repositoryName: repository.name, imageTag, imageManifest: image.manifest.toString() }),
      );
    expect((await put('release')).image).toMatchObject({ imageId: { imageTag: 'release', imageDigest: image.digest } });
    await expect(put('release')).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  });

  it('never moves a tag of an immutable repository', async () => {
    const repository = await repositoryOf(local, 'put/immutable', 'IMMUTABLE');
    const [first, second] = [await simpleImage('1'), await simpleImage('2')];
    await repository.push(first, 'v1');
    await repository.push(second);
    const put = new PutImageCommand({
      repositoryName: repository.name,
      imageTag: 'v1',
      imageManifest: second.manifest.toString(),
    });
    await expect(local.ecr.send(put)).rejects.toMatchObject({
      name: 'ImageTagAlreadyExistsException',
      message:
        "The image tag 'v1' already exists in the 'put/immutable' repository and cannot be overwritten because the repository is immutable.",
    });
  });

  it.each<[string, (manifest: string) => object, string]>([
    [
      'a digest that is not its own',
      (imageManifest) => ({ imageManifest, imageDigest: sha256(Buffer.from('x')) }),
      'ImageDigestDoesNotMatchException',
    ],
    ['layers that were not pushed', (imageManifest) => ({ imageManifest }), 'LayersNotFoundException'],
    ['what is no manifest', () => ({ imageManifest: '{"mediaType":"text/plain"}' }), 'InvalidParameterException'],
    ['a tag outside the grammar', (imageManifest) => ({ imageManifest, imageTag: '.v1' }), 'InvalidParameterException'],
  ])('refuses %s', async (what, input, name) => {
    const { name: repositoryName } = await repositoryOf(local, `put/${what.replaceAll(' ', '-')}`);
    const manifest = imageOf([await layerOf([{ name: what }])]).manifest.toString();
    const put = new PutImageCommand({ repositoryName, ...(input(manifest) as { imageManifest: string }) });
    await expect(local.ecr.send(put)).rejects.toMatchObject({ name });
  });

  it('takes an index only when its images are there', async () => {
    const repository = await repositoryOf(local, 'put/index');
    const image = await simpleImage();
    const index = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: image.digest, size: 1 }],
    };
    const put = () =>
      local.ecr.send(
        new PutImageCommand({ repositoryName: repository.name, imageTag: 'v1', imageManifest: JSON.stringify(index) }),
      );
    await expect(put()).rejects.toMatchObject({ name: 'ReferencedImagesNotFoundException' });
    await repository.push(image);
    await expect(put()).resolves.toMatchObject({ image: { imageManifestMediaType: OCI_INDEX } });
  });
});
