import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject } from '../../../model/json';
import type { ReleaseRequest } from '../../../model/plan';
import { openRepository } from '../../e2e/stage/repository';
import type { Account } from './account';
import { CLUSTER, REGION } from './account';
import type { Behaviour } from './program';
import { dockerfile, programOf } from './program';

const PLATFORM = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
/** The gate passes as long as the commit says so. */
const GATE = 'grep --quiet passes verdict';

export interface ProjectOptions {
  /** Port on 127.0.0.1 where its one task answers; one at a time, as on an instance with fixed ports. */
  port?: number;
  /** Lines of release.yml after `platform:`; default: a Dockerfile on the base image. */
  image?: string[];
  failAfterStops?: number;
  /** Of the ECS service, beside the circuit breaker with rollback. */
  deploymentConfiguration?: JsonObject;
}

/** A Git repository and the service of the same name that it is released to, with a by-hand revision running. */
export interface Project {
  name: string;
  /** A commit whose program behaves so, different from all others; answers its SHA. */
  commit(behaviour?: Behaviour): Promise<string>;
  commitThatFailsItsGate(): Promise<string>;
  request(commit: string, more?: Partial<ReleaseRequest>): ReleaseRequest;
}

export async function openProject(account: Account, name: string, options: ProjectOptions = {}): Promise<Project> {
  const directory = path.join(account.ministack.directory, 'repositories', name);
  const [repository] = await Promise.all([openRepository(directory), deployByHand(account, name, options)]);
  const commit = (behaviour: Behaviour, verdict: 'passes' | 'fails') =>
    repository.commit({
      'release.yml': releaseFile(name, options),
      Dockerfile: dockerfile(account.baseImage),
      'main.mjs': programOf(behaviour, randomBytes(4).toString('hex')),
      verdict: `${verdict}\n`,
    });
  return {
    name,
    commit: (behaviour = 'works') => commit(behaviour, 'passes'),
    commitThatFailsItsGate: () => commit('works', 'fails'),
    request: (sha, more = {}) => ({
      purpose: 'release',
      project: name,
      repository: repository.path,
      commit: sha,
      environments: [],
      event: 'manual',
      actor: 'ann@example.com',
      ...more,
    }),
  };
}

/** A repository with one image in it, and a service that names it by its tag. */
async function deployByHand(account: Account, name: string, options: ProjectOptions): Promise<void> {
  const { host, docker, directory } = account.ministack;
  await account.call.ecr('CreateRepository', { repositoryName: name, imageTagMutability: 'IMMUTABLE' });
  const context = path.join(directory, 'by-hand', name);
  await mkdir(context, { recursive: true });
  await writeFile(path.join(context, 'main.mjs'), programOf('works'));
  await writeFile(path.join(context, 'Dockerfile'), dockerfile(account.baseImage));
  const image = `${host}/${name}:by-hand`;
  await docker.run(['build', '--quiet', '--tag', image, context]);
  await docker.run(['push', '--quiet', image]);

  const { port, deploymentConfiguration } = options;
  const environment = port === undefined ? [] : [{ name: 'PORT', value: `${port}` }];
  const oneAtATime = { minimumHealthyPercent: 0, maximumPercent: 100 };
  await account.createService(
    name,
    { containerDefinitions: [{ name, image, essential: true, environment, logConfiguration: logTo(`/ecs/${name}`) }] },
    { deploymentConfiguration: { ...(port === undefined ? {} : oneAtATime), ...deploymentConfiguration } },
  );
}

function logTo(group: string): JsonObject {
  const options = {
    'awslogs-group': group,
    'awslogs-region': REGION,
    'awslogs-stream-prefix': 'ecs',
    'awslogs-create-group': 'true',
  };
  return { logDriver: 'awslogs', options };
}

function releaseFile(name: string, options: ProjectOptions): string {
  const { port, image = ['builder: docker'], failAfterStops = 3 } = options;
  const question = port === undefined ? 'digest: true' : `http: 'http://127.0.0.1:${port}/', commit-at: commit`;
  return `project: ${name}
gates:
  tests:
    run: ${GATE}
image:
  repository: ${name}
  platform: ${PLATFORM}
  ${image.join('\n  ')}
environments:
  production:
    region: ${REGION}
    cluster: ${CLUSTER}
    services:
      ${name}:
        environment: { COMMIT_SHA: '\${commit}' }
        health: { ${question}, times: 1, every: 100ms, within: 30s }
        stable-within: 2m
        fail-after-stops: ${failAfterStops}
`;
}
