import { AwsError } from '../contract';
import { invalid } from '../input';

export type TagMutability = 'MUTABLE' | 'IMMUTABLE';

/** A manifest that was put into a repository. Its bytes are in the blob store. */
export interface StoredImage {
  digest: string;
  mediaType: string;
  /** The media type of the image's config: what kind of artifact it is. */
  artifactMediaType: string | undefined;
  /** Compressed layers and config; for an index, its largest image (as ECR counts). */
  sizeInBytes: number;
  pushedAtMs: number;
}

export interface Repository {
  name: string;
  createdAtMs: number;
  mutability: TagMutability;
  /** Digests of the blobs that were pushed to (or mounted into) this repository. */
  blobs: Set<string>;
  /** By digest. */
  images: Map<string, StoredImage>;
  /** Tag to digest. */
  tags: Map<string, string>;
}

export type Repositories = ReturnType<typeof createRepositories>;

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const NAME = /^(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** The repositories of the account, shared by the ECR API and the registry. Methods throw the errors of the ECR API. */
export function createRepositories(accountId: string) {
  const byName = new Map<string, Repository>();
  const error = (code: string, name: string, what: string) =>
    new AwsError(code, `The repository with name '${name}' ${what} in the registry with id '${accountId}'`);
  return {
    accountId,
    all: () => [...byName.values()],
    find(name: string): Repository {
      const repository = byName.get(name);
      if (!repository) throw error('RepositoryNotFoundException', name, 'does not exist');
      return repository;
    },
    create(name: string, mutability: TagMutability): Repository {
      if (!NAME.test(name))
        throw invalid(`Invalid parameter at 'repositoryName': '${name}' does not match ${NAME.source}`);
      if (byName.has(name)) throw error('RepositoryAlreadyExistsException', name, 'already exists');
      const content = { blobs: new Set<string>(), images: new Map(), tags: new Map() };
      const repository: Repository = { name, mutability, createdAtMs: Date.now(), ...content };
      byName.set(name, repository);
      return repository;
    },
  };
}
