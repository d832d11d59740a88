import type { EnvironmentPolicy, ProjectPolicy } from '../policy/policy';
import type { ReleaseConfig } from '../config/release-config';
import type { EnvironmentSpec, ImageSpec } from '../plan';

/** What one project's roles are for: all that `release.yml`, `policy.yml` and the command line say. */
export interface IamSubject {
  project: string;
  branch: string;
  /** The workflow file that alone may deploy, as policy.yml has it. */
  workflow?: string;
  /** What is not known here becomes a parameter of the template. */
  repository: RepositoryFacts;
  images: ImageFacts;
  environments: readonly EnvironmentFacts[];
}

export interface RepositoryFacts {
  owner?: string;
  name?: string;
  /** GitHub's numbers, as text. */
  id?: string;
  ownerId?: string;
}

export interface ImageFacts {
  repository: string;
  region: string;
  /** Account of the repository; absent: the one that the template is deployed in. */
  account?: string;
  /** ARN that policy.yml names. */
  role?: string;
  /** Whether Docker or Buildah may push; else only Sluice itself does. */
  dockerfile: boolean;
  /** Repositories of the same registry that images are built on. */
  bases: readonly string[];
}

export interface EnvironmentFacts extends Pick<EnvironmentSpec, 'name' | 'region' | 'cluster'> {
  services: readonly string[];
  githubEnvironment?: string;
  /** ARN that policy.yml names. */
  role?: string;
}

/** The subject that `release.yml` alone describes. */
export function subjectOfRelease({ project, branch, image, environments }: ReleaseConfig): IamSubject {
  const { repository, region, build } = image;
  return {
    project,
    branch,
    repository: {},
    images: { repository, region, ...builtBy(build) },
    environments: environments.map(environmentFacts),
  };
}

/**
 * The subject that a project of `policy.yml` describes; its word counts. How images are built stands in `release.yml`
 * alone: without it, any builder may push.
 */
export function subjectOfPolicy(policy: ProjectPolicy, release?: ReleaseConfig): IamSubject {
  const { imageRepository: repository, imageRegion: region, imageAccount: account, imageRole: role } = policy;
  return {
    project: policy.project,
    branch: policy.branch,
    workflow: policy.workflow,
    repository: {
      ...githubNames(policy.repository),
      id: policy.repositoryId,
      ownerId: policy.repositoryOwnerId,
    },
    images: {
      repository,
      region,
      ...(account !== undefined && { account }),
      ...(role !== undefined && { role }),
      ...(release === undefined ? { dockerfile: true, bases: [] } : builtBy(release.image.build)),
    },
    environments: policy.environments.map(environmentFacts),
  };
}

/** Owner and name of `https://github.com/OWNER/NAME` and the like; nothing for a repository elsewhere. */
export function githubNames(address: string): RepositoryFacts {
  const [, owner, name] =
    /^(?:https|ssh):\/\/(?:[^@/]+@)?github\.com\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(address) ?? [];
  return owner === undefined || name === undefined ? {} : { owner, name };
}

function builtBy(build: ImageSpec['build']): Pick<ImageFacts, 'dockerfile' | 'bases'> {
  if (build.builder !== 'pack') return { dockerfile: true, bases: [] };
  const [, base] = /^(?:(?:[^/]*[.:][^/]*|localhost)\/)?([^:@]+)[:@]/.exec(build.base ?? '') ?? [];
  return { dockerfile: false, bases: base === undefined ? [] : [base] };
}

function environmentFacts(environment: EnvironmentSpec | EnvironmentPolicy): EnvironmentFacts {
  const { name, region, cluster, services } = environment;
  const { githubEnvironment, role }: Partial<EnvironmentPolicy> = environment;
  return {
    ...{ name, region, cluster },
    services: services.map(({ service }) => service),
    ...(githubEnvironment !== undefined && { githubEnvironment }),
    ...(role !== undefined && { role }),
  };
}
