import { randomBytes } from 'node:crypto';
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
  /** Uploads that are open. */
  uploads: Set<string>;
  images: Map<string, StoredImage>;
  /** To digests. */
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
      const content = { blobs: new Set<string>(), uploads: new Set<string>(), images: new Map(), tags: new Map() };
      const repository: Repository = { name, mutability, createdAtMs: Date.now(), ...content };
      byName.set(name, repository);
      return repository;
    },
  };
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html: 12 hours.
const LIFETIME_MS = 12 * 3_600_000;

export type Tokens = ReturnType<typeof createTokens>;

/** The authorization tokens that were handed out: ECR's password for the user `AWS`. `now` is the clock in epoch milliseconds. */
export function createTokens(now: () => number = Date.now) {
  const issued = new Map<string, { expiresAtMs: number; accessKeyId: string | undefined }>();
  return {
    issue(accessKeyId: string | undefined) {
      const token = { password: randomBytes(48).toString('base64url'), expiresAtMs: now() + LIFETIME_MS };
      issued.set(token.password, { ...token, accessKeyId });
      return token;
    },
    /** Whose token it is, and whether it has expired; undefined for one that was never issued. */
    check(password: string) {
      const found = issued.get(password);
      return found && { ...found, expired: found.expiresAtMs <= now() };
    },
  };
}
