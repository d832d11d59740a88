import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CreateRepositoryCommand, ImageNotFoundException, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { createAwsClients } from '../../activities/aws/clients';
import { pack } from '../../activities/image/pack/pack';
import { publish } from '../../activities/image/publish';
import { startLocalAws } from '../../local/aws/server';
import type { ImageSpec, PackBuild } from '../../model/plan';
import { GUARD } from '../root';

const REGION = 'eu-west-1';
const NAME = 'shop-api';
const DESIRED_COUNT = 2;

/** A local AWS with what the shop's tutorial would have created by hand. */
export interface Cloud {
  /** The load balancer's address. */
  url: string;
  /** Builds and starts the service outside Sluice: what a rollback of the first release would return to. */
  deployByHand(input: { repository: string; commit: string; checkout: string }): Promise<void>;
  hasImage(commit: string): Promise<boolean>;
  /** The commit that the service itself answers with; undefined while it does not answer. */
  answer(): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function startCloud(stateDir: string): Promise<Cloud> {
  await mkdir(stateDir, { recursive: true });
  const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION });
  // The product knows no local mode: like anybody else it is told the endpoint, and credentials that open nothing else.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) Reflect.deleteProperty(process.env, name);

  const clients = createAwsClients();
  const ecr = clients.ecr(REGION);
  const ecs = clients.ecs(REGION);
  const { targetGroupArn, url } = await aws.createTargetGroup({ name: NAME, healthCheckPath: '/healthz' });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: NAME, imageTagMutability: 'IMMUTABLE' }));
  await ecs.send(new CreateClusterCommand({ clusterName: 'production' }));

  return {
    url,
    async deployByHand({ repository, commit, checkout }) {
      const scratch = path.join(stateDir, 'by-hand');
      await mkdir(scratch, { recursive: true });
      const image = await packByHand({ repository, commit, checkout, scratch });
      const signal = AbortSignal.timeout(30_000);
      const { reference } = await publish(ecr, { repository: NAME, region: REGION, commit }, image, signal);
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: NAME,
          memory: '256',
          containerDefinitions: [
            {
              name: 'api',
              image: reference,
              essential: true,
              portMappings: [{ containerPort: 8080 }],
              logConfiguration: {
                logDriver: 'awslogs',
                options: { 'awslogs-group': NAME, 'awslogs-region': REGION, 'awslogs-stream-prefix': 'api' },
              },
            },
          ],
        }),
      );
      await ecs.send(
        new CreateServiceCommand({
          cluster: 'production',
          serviceName: 'api',
          taskDefinition: NAME,
          desiredCount: DESIRED_COUNT,
          loadBalancers: [{ targetGroupArn, containerName: 'api', containerPort: 8080 }],
          deploymentConfiguration: {
            minimumHealthyPercent: 100,
            maximumPercent: 200,
            deploymentCircuitBreaker: { enable: true, rollback: true },
          },
        }),
      );
    },
    async hasImage(commit) {
      try {
        await ecr.send(new DescribeImagesCommand({ repositoryName: NAME, imageIds: [{ imageTag: commit }] }));
        return true;
      } catch (error) {
        if (error instanceof ImageNotFoundException) return false;
        throw error;
      }
    },
    async answer() {
      try {
        const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(2_000) });
        if (!response.ok) return undefined;
        return ((await response.json()) as { commit: string }).commit;
      } catch {
        return undefined;
      }
    },
    async close() {
      clients.destroy();
      await aws.close();
    },
  };
}

function packByHand(input: { repository: string; commit: string; checkout: string; scratch: string }) {
  const build: PackBuild = {
    builder: 'pack',
    files: ['package.json', 'catalogue.json', 'server.js', 'src/**'],
    exclude: [],
    workdir: '/app',
    command: ['node', 'server.js'],
    environment: { COMMIT_SHA: '${commit}' },
    platform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
  };
  const image: ImageSpec = { repository: NAME, region: REGION, build, timeoutMs: 60_000 };
  const { repository, commit, checkout, scratch } = input;
  return pack(build, {
    input: { image, repository, commit, treeHash: '', project: NAME, workspace: 'by-hand' },
    source: checkout,
    scratch,
    log: path.join(scratch, 'log'),
    guard: GUARD,
    cache: scratch,
    signal: AbortSignal.timeout(60_000),
  });
}
