import type { JsonObject, JsonService } from '../contract';
import { flag, invalid, requiredText, text, texts } from '../ecs/input';
import type { BlobStore } from '../registry/blobs';
import { imageActions } from './image-actions';
import { page } from './image-ids';
import type { Repositories, Repository, TagMutability } from './repositories';
import type { Tokens } from './tokens';

export interface EcrOptions {
  region: string;
  /** `127.0.0.1:PORT`: where the registry answers, and what repository URIs begin with. */
  registryHost: string;
  repositories: Repositories;
  tokens: Tokens;
  blobs: BlobStore;
}

/** The ECR API over the same repositories and blobs that the registry serves. */
export function createEcr({ region, registryHost, repositories, tokens, blobs }: EcrOptions): JsonService {
  const registryId = repositories.accountId;
  const describe = (repository: Repository): JsonObject => ({
    repositoryArn: `arn:aws:ecr:${region}:${registryId}:repository/${repository.name}`,
    registryId,
    repositoryName: repository.name,
    repositoryUri: `${registryHost}/${repository.name}`,
    createdAt: repository.createdAtMs / 1000,
    imageTagMutability: repository.mutability,
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });

  const repositoryActions: JsonService['actions'] = {
    CreateRepository(input) {
      return { repository: describe(repositories.create(requiredText(input, 'repositoryName'), mutability(input))) };
    },
    DescribeRepositories(input) {
      const found = texts(input, 'repositoryNames')?.map((name) => repositories.find(name)) ?? repositories.all();
      const { items, nextToken } = page(found, input);
      return { repositories: items.map(describe), nextToken };
    },
    DeleteRepository(input) {
      const removed = repositories.remove(requiredText(input, 'repositoryName'), flag(input, 'force') ?? false);
      return { repository: describe(removed) };
    },
    PutImageTagMutability(input) {
      const repository = repositories.find(requiredText(input, 'repositoryName'));
      requiredText(input, 'imageTagMutability');
      repository.mutability = mutability(input);
      return { registryId, repositoryName: repository.name, imageTagMutability: repository.mutability };
    },
    GetAuthorizationToken(_input, { accessKeyId }) {
      const { token, expiresAtMs } = tokens.issue(accessKeyId);
      const authorizationToken = Buffer.from(`AWS:${token}`).toString('base64');
      const expiresAt = expiresAtMs / 1000;
      return { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `http://${registryHost}` }] };
    },
  };

  const actions = { ...repositoryActions, ...imageActions(repositories, blobs) };
  return { name: 'ecr', targetPrefix: 'AmazonEC2ContainerRegistry_V20150921', actions };
}

function mutability(input: JsonObject): TagMutability {
  const wanted = text(input, 'imageTagMutability') ?? 'MUTABLE';
  if (wanted === 'MUTABLE' || wanted === 'IMMUTABLE') return wanted;
  throw invalid(
    `Invalid parameter at 'imageTagMutability': the local AWS knows MUTABLE and IMMUTABLE, not '${wanted}'`,
  );
}
