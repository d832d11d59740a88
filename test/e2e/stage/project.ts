import type { JsonObject } from '../../../model/json';
import type { ReleaseRequest } from '../../../model/plan';
import type { Account } from './account';
import { CLUSTER, PROGRAM, REGION } from './account';
import type { Repository } from './repository';
import { openRepository } from './repository';

/** How a project differs from one that is simply released. */
export interface ProjectOptions {
  /** Command line of its only gate. */
  gate?: string;
  /** Globs of what goes into the image, as release.yml says them. */
  files?: string;
  /** The ECS cluster, ECS service and ECR repository that release.yml names; default: those that there are. */
  cluster?: string;
  service?: string;
  imageRepository?: string;
  approval?: boolean;
  /** Environment variables that release.yml names, as YAML. */
  environment?: string;
  /** Members of the live task definition and of its first container, and a second one, whose image is the same. */
  definition?: { more?: JsonObject; container?: JsonObject; sidecar?: JsonObject };
}

/** A Git repository with release.yml and a program, and the AWS resources of the same name that it is released to. */
export interface Project extends Repository {
  name: string;
  /** The first commit, on `main`. */
  first: string;
  /** The program of the first commit, with a remark: another image. */
  change(remark: string): Promise<string>;
  request(commit: string, more?: Partial<ReleaseRequest>): ReleaseRequest;
}

export async function openProject(
  account: Account,
  directory: string,
  name: string,
  options: ProjectOptions = {},
): Promise<Project> {
  const { definition = {} } = options;
  const [image, repository] = await Promise.all([account.pushByHand(name), openRepository(directory)]);
  await account.deployByHand(name, {
    memory: '256',
    ...definition.more,
    containerDefinitions: [
      { name, image, essential: true, ...definition.container },
      ...(definition.sidecar ? [{ image, ...definition.sidecar }] : []),
    ],
  });
  const first = await repository.commit({ 'release.yml': releaseFile(name, options), 'main.mjs': PROGRAM });
  return {
    ...repository,
    name,
    first,
    change: (remark) => repository.commit({ 'main.mjs': `${PROGRAM}// ${remark}\n` }),
    request: (commit, more = {}) => ({
      purpose: 'release',
      project: name,
      repository: repository.path,
      commit,
      environments: [],
      event: 'manual',
      actor: 'ann@example.com',
      ...more,
    }),
  };
}

export function releaseFile(name: string, options: ProjectOptions = {}): string {
  const { gate = 'node --check main.mjs', files = 'main.mjs', cluster = CLUSTER, service = name } = options;
  const { imageRepository = name, approval = false, environment } = options;
  return `project: ${name}
gates:
  tests:
    run: ${gate}
image:
  repository: ${imageRepository}
  builder: pack
  files: [${files}]
  command: [node, main.mjs]
environments:
  production:
    region: ${REGION}
    cluster: ${cluster}
    ${approval ? 'approval: { minimum: 1, expires: 1d }' : ''}
    services:
      ${service}:
        container: ${name}
        ${environment === undefined ? '' : `environment: ${environment}`}
        health: { digest: true, times: 1, every: 100ms, within: 30s }
        stable-within: 2m
`;
}
