import { ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { GUARD } from '../../../bin/root';
import type { RecordedCall } from '../../../local/aws/record';
import { startLocalAws } from '../../../local/aws/server';
import { imageOf, layerOf, repositoryOf } from '../../local/aws/images';
import type { Hold, Held } from './held-calls';
import { openHoldingFront } from './held-calls';

const REGION = 'eu-west-1';
const CLUSTER = 'production';
/** The local AWS makes five minutes of it. */
const GRACE_PERIOD_SECONDS = 6_000;
/** Sluice and the person who set everything up differ by their keys, so that the record tells them apart. */
const SLUICE_KEY = 'sluice';

/** What AWS itself has to say about one service. */
export interface History {
  /** UpdateService calls of Sluice that took effect. */
  updates: number;
  /** StopServiceDeployment calls of Sluice that took effect. */
  stops: number;
  /** Revisions that Sluice registered, oldest first. */
  revisions: { arn: string; tags: Record<string, string> }[];
  /** Oldest first; the first is what was deployed by hand. Times in epoch milliseconds. */
  deployments: { status: string; taskDefinition: string; createdAt: number; finishedAt: number | undefined }[];
}

/** One AWS account on this machine: an ECS cluster, and services that somebody deployed by hand. */
export interface Account {
  region: string;
  cluster: string;
  /** Endpoint and keys for a process of Sluice's. */
  env: Readonly<Record<string, string>>;
  /** Holds calls that Sluice makes, where the test wants to act in the middle of one. */
  hold(hold: Hold): Held;
  /** An ECR repository, a task definition, a target group and a running service, all of this name; answers the service's URL. */
  deployByHand(name: string, options: { server: string; circuitBreaker: boolean; patient: boolean }): Promise<string>;
  historyOf(name: string): Promise<History>;
  /** UpdateService calls of Sluice that took effect. */
  updatesOf(name: string): number;
  /** How often an image with this tag was pushed. */
  pushesOf(name: string, tag: string): number;
  close(): Promise<void>;
}

export async function openAccount(stateDir: string): Promise<Account> {
  const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION });
  const front = await openHoldingFront(aws.endpoint);
  const person = {
    endpoint: aws.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'person', secretAccessKey: 'local' },
  };
  const [ecs, ecr] = [new ECSClient(person), new ECRClient(person)];
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));

  const callsOf = (service: string, action: string): RecordedCall[] =>
    aws.calls({ service, action }).filter(({ errorCode }) => errorCode === undefined);
  const bySluice = (action: string, concerns: (request: Record<string, unknown>) => boolean): RecordedCall[] =>
    callsOf('ecs', action).filter(
      ({ accessKeyId, request }) => accessKeyId === SLUICE_KEY && concerns(request as Record<string, unknown>),
    );

  async function revisionsOf(name: string): Promise<History['revisions']> {
    const registered = bySluice('RegisterTaskDefinition', ({ family }) => family === name).length;
    return Promise.all(
      Array.from({ length: registered }, async (_, index) => {
        // The first revision of the family is the one that was registered by hand.
        const answer = await ecs.send(
          new DescribeTaskDefinitionCommand({ taskDefinition: `${name}:${index + 2}`, include: ['TAGS'] }),
        );
        const tags = Object.fromEntries((answer.tags ?? []).map(({ key = '', value = '' }) => [key, value]));
        return { arn: answer.taskDefinition?.taskDefinitionArn ?? '', tags };
      }),
    );
  }

  async function deploymentsOf(name: string): Promise<History['deployments']> {
    const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster: CLUSTER, service: name }));
    const serviceDeploymentArns = (listed.serviceDeployments ?? []).map((one) => one.serviceDeploymentArn ?? '');
    const described = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    const deployments = await Promise.all(
      (described.serviceDeployments ?? []).map(async (one) => {
        const { serviceRevisions } = await ecs.send(
          new DescribeServiceRevisionsCommand({ serviceRevisionArns: [one.targetServiceRevision?.arn ?? ''] }),
        );
        return {
          status: one.status ?? '',
          taskDefinition: serviceRevisions?.[0]?.taskDefinition ?? '',
          createdAt: one.createdAt?.getTime() ?? 0,
          finishedAt: one.finishedAt?.getTime(),
        };
      }),
    );
    return deployments.sort((a, b) => a.createdAt - b.createdAt);
  }

  const updatesOf = (name: string): number => bySluice('UpdateService', ({ service }) => service === name).length;

  return {
    region: REGION,
    cluster: CLUSTER,
    env: { AWS_ENDPOINT_URL: front.endpoint, AWS_ACCESS_KEY_ID: SLUICE_KEY, AWS_SECRET_ACCESS_KEY: 'local' },
    hold: (hold) => front.hold(hold),

    async deployByHand(name, { server, circuitBreaker, patient }) {
      const repository = await repositoryOf({ ecr, ...aws }, name, 'IMMUTABLE');
      const image = imageOf([await layerOf([{ name: 'server.mjs', content: server }])], {
        cmd: ['node', 'server.mjs'],
      });
      await repository.push(image, 'by-hand');
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: name,
          memory: '256',
          containerDefinitions: [
            {
              name,
              image: `${repository.uri}@${image.digest}`,
              essential: true,
              portMappings: [{ containerPort: 8080 }],
            },
          ],
        }),
      );
      const { targetGroupArn, url } = await aws.createTargetGroup({ name, healthCheckPath: '/healthz' });
      await ecs.send(
        new CreateServiceCommand({
          cluster: CLUSTER,
          serviceName: name,
          taskDefinition: name,
          desiredCount: 1,
          loadBalancers: [{ targetGroupArn, containerName: name, containerPort: 8080 }],
          ...(patient && { healthCheckGracePeriodSeconds: GRACE_PERIOD_SECONDS }),
          deploymentConfiguration: {
            minimumHealthyPercent: 100,
            maximumPercent: 200,
            deploymentCircuitBreaker: { enable: circuitBreaker, rollback: circuitBreaker },
          },
        }),
      );
      return url;
    },

    async historyOf(name) {
      return {
        updates: updatesOf(name),
        stops: bySluice('StopServiceDeployment', ({ serviceDeploymentArn }) =>
          String(serviceDeploymentArn).includes(`/${name}/`),
        ).length,
        revisions: await revisionsOf(name),
        deployments: await deploymentsOf(name),
      };
    },
    updatesOf,
    pushesOf: (name, tag) =>
      callsOf('registry', 'PUT manifest').filter(
        ({ request }) => (request as { path?: string }).path === `/v2/${name}/manifests/${tag}`,
      ).length,
    async close() {
      for (const client of [ecs, ecr]) client.destroy();
      await front.close();
      await aws.close();
    },
  };
}
