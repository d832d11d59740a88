import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { createAwsClients } from '../../../activities/aws/clients';
import type { AwsClients } from '../../../activities/aws/clients';
import { buildFromDockerfile } from '../../../activities/image/dockerfile/build';
import { publish } from '../../../activities/image/publish';
import { activitiesOn } from '../../../bin/activities';
import { GUARD, PACKAGE_ROOT } from '../../../bin/root';
import { releasesOf } from '../../../client/releases';
import type { Releases } from '../../../client/releases';
import { pythonRoot } from '../../../local/containers/language-roots';
import type { RecordedCall } from '../../../local/aws/record';
import { startLocalAws } from '../../../local/aws/server';
import type { ImageSpec } from '../../../model/plan';
import type { Repository } from '../../e2e/stage/repository';
import { openRepository } from '../../e2e/stage/repository';
import { installSonarScanner, installTrivy } from '../../helpers/gate-tools/install';
import { startSonar } from '../../helpers/gate-tools/sonar-server';
import type { SonarServer } from '../../helpers/gate-tools/sonar-server';
import { startTestServer } from '../../helpers/temporal';
import { realGitleaks } from '../../helpers/gate-tools/gitleaks';
import { command } from '../stage/docker';
import { importBase, removeBase } from './base-image';

const REGION = 'eu-west-1';
const NAME = 'orders-py';
const EXAMPLE = path.join(PACKAGE_ROOT, 'examples', NAME);
/** In the example's release.yml: the Sonar that is asked. Here it is one on loopback. */
const EXAMPLE_SONAR = 'https://sonarcloud.io';
const SONAR_TOKEN = 'squ-of-orders-py';
/** In the example's release.yml: where the service is reached. The load balancer here has a port of its own. */
const EXAMPLE_URL = 'http://localhost:8080';
const IMAGE_WITHIN_MS = 120_000;
const READS = /^(Describe|List|Get|BatchGet|HEAD |GET )/;

/** A Git repository of examples/orders-py, Temporal with all workers, and an AWS whose tasks are containers. */
export interface Orders {
  repository: Repository;
  releases: Releases;
  /** The Sonar that the gates ask. */
  sonar: SonarServer;
  registryHost: string;
  /** The service through its load balancer: status and body. */
  ask(route: string): Promise<[number, unknown]>;
  /** Builds, pushes and starts a commit without Sluice: what runs before the first release. */
  deployByHand(commit: string): Promise<void>;
  /** Tags in the ECR repository. */
  tags(): Promise<string[]>;
  /** How many calls there were so far. */
  callCount(): number;
  /** What was asked of AWS since then and is more than a look, as `service:action`. */
  writesSince(count: number): string[];
  close(): Promise<void>;
}

export async function openOrders(): Promise<Orders> {
  const directory = await mkdtemp(path.join(tmpdir(), 'orders-py-'));
  const before = { ...process.env };
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
    process.env = before;
  };
  try {
    const importedBase = await importBaseUnlessThere();
    if (importedBase !== undefined) closing.push(() => removeBase(importedBase));
    const stateDir = path.join(directory, 'aws');
    const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION, containers: {} });
    closing.push(() => aws.close());
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    const clients = createAwsClients();
    closing.push(async () => clients.destroy());
    const { targetGroupArn, url } = await aws.createTargetGroup({ name: NAME, healthCheckPath: '/healthz' });
    await clients
      .ecr(REGION)
      .send(new CreateRepositoryCommand({ repositoryName: NAME, imageTagMutability: 'IMMUTABLE' }));
    await clients.ecs(REGION).send(new CreateClusterCommand({ clusterName: 'production' }));

    const sonar = await startSonar(SONAR_TOKEN);
    closing.push(() => sonar.close());
    await installScanners(path.join(directory, 'bin'), sonar.host);
    const temporal = await startTestServer();
    closing.push(() => temporal.stop());
    await temporal.work(activitiesOn(path.join(directory, 'worker')));
    const repository = await openExample(path.join(directory, NAME), { url, sonarHost: sonar.host });
    const writes = (calls: readonly RecordedCall[]): string[] =>
      calls.filter(({ action }) => !READS.test(action)).map(({ service, action }) => `${service}:${action}`);
    return {
      repository,
      releases: releasesOf(temporal.client),
      sonar,
      registryHost: aws.registryHost,
      async ask(route) {
        const response = await fetch(`${url}${route}`, { signal: AbortSignal.timeout(5_000) });
        return [response.status, await response.json().catch(() => undefined)];
      },
      async deployByHand(commit) {
        const scratch = path.join(directory, 'by-hand');
        const image = await buildByHand(clients, { scratch, commit, source: repository.path });
        await startService(clients, image, targetGroupArn);
      },
      async tags() {
        const { imageDetails = [] } = await clients
          .ecr(REGION)
          .send(new DescribeImagesCommand({ repositoryName: NAME }));
        return imageDetails.flatMap(({ imageTags = [] }) => imageTags);
      },
      callCount: () => aws.calls().length,
      writesSince: (count) => writes(aws.calls().slice(count)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The base that the Dockerfile names, made of this machine's Python where there is none; answers its name if so. */
async function importBaseUnlessThere(): Promise<string | undefined> {
  const [, base] = /^FROM (\S+)$/m.exec(await readFile(path.join(EXAMPLE, 'Dockerfile'), 'utf8')) ?? [];
  if (base === undefined) throw new Error('the example’s Dockerfile has no FROM');
  const isThere = await command('docker', ['image', 'inspect', base]).then(
    () => true,
    () => false,
  );
  if (isThere) return undefined;
  await importBase(base, await pythonRoot('python3'));
  return base;
}

/** Real gitleaks, and stand-ins for Trivy and Sonar's scanner, on the PATH of this process. */
async function installScanners(bin: string, sonarHost: string): Promise<void> {
  await mkdir(bin);
  installTrivy(bin);
  installSonarScanner(bin);
  await symlink(await realGitleaks(), path.join(bin, 'gitleaks'));
  Object.assign(process.env, {
    PATH: [bin, process.env['PATH']].join(path.delimiter),
    SLUICE_SECRET_SONAR_TOKEN: SONAR_TOKEN,
    SLUICE_SECRET_SONAR_TOKEN_HOST: sonarHost,
  });
}

async function openExample(
  directory: string,
  { url, sonarHost }: { url: string; sonarHost: string },
): Promise<Repository> {
  await cp(EXAMPLE, directory, {
    recursive: true,
    filter: (source) => !['.venv', '__pycache__', '.pytest_cache'].includes(path.basename(source)),
  });
  const repository = await openRepository(directory);
  const release = await readFile(path.join(directory, 'release.yml'), 'utf8');
  if (!release.includes(EXAMPLE_URL)) throw new Error(`the example's release.yml does not name ${EXAMPLE_URL}`);
  if (!release.includes(EXAMPLE_SONAR)) throw new Error(`the example's release.yml does not name ${EXAMPLE_SONAR}`);
  const here = release.replace(EXAMPLE_URL, url).replace(EXAMPLE_SONAR, sonarHost);
  await repository.commit({ 'release.yml': here });
  return repository;
}

async function buildByHand(
  clients: AwsClients,
  { scratch, commit, source }: { scratch: string; commit: string; source: string },
): Promise<string> {
  await mkdir(scratch);
  const build: ImageSpec['build'] & { builder: 'docker' | 'buildah' } = {
    builder: 'docker',
    context: '.',
    dockerfile: 'Dockerfile',
    arguments: { COMMIT_SHA: '${commit}' },
    platform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
  };
  const image: ImageSpec = { repository: NAME, region: REGION, build, timeoutMs: IMAGE_WITHIN_MS };
  const signal = AbortSignal.timeout(IMAGE_WITHIN_MS);
  const input = { image, repository: source, commit, treeHash: '', project: NAME, workspace: 'by-hand' };
  const log = path.join(scratch, 'log');
  const built = await buildFromDockerfile(build, { input, source, scratch, log, guard: GUARD, cache: scratch, signal });
  try {
    const name = { repository: NAME, region: REGION, commit };
    return (await publish(clients.ecr(REGION), name, built, signal)).reference;
  } finally {
    await built.dispose();
  }
}

async function startService(clients: AwsClients, image: string, targetGroupArn: string): Promise<void> {
  const ecs = clients.ecs(REGION);
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: NAME,
      memory: '128',
      containerDefinitions: [
        {
          name: 'api',
          image,
          essential: true,
          portMappings: [{ containerPort: 8080 }],
          healthCheck: { command: ['CMD', 'python', '-m', 'app.healthcheck'], interval: 10, timeout: 5, retries: 3 },
        },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'production',
      serviceName: 'api',
      taskDefinition: NAME,
      desiredCount: 1,
      loadBalancers: [{ targetGroupArn, containerName: 'api', containerPort: 8080 }],
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    }),
  );
}
