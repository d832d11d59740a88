import { mkdir, rm } from 'node:fs/promises';
import { CreateServiceCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { publish } from '../../activities/image/publish';
import { packByHand } from './pack-by-hand';
import { SHOP } from './shop';
import type { ShopAccount } from './shop-account';

const DESIRED_COUNT = 2;
const PUSH_LIMIT_MS = 30_000;

/** A commit, and where its files are. */
export interface ByHand {
  repository: string;
  commit: string;
  checkout: string;
  /** The image that the shop's files are put on; without it they are the whole image. */
  base?: string | undefined;
}

/**
 * Builds and starts the service outside Sluice: what a rollback of the first release would return to. `scratch` is a
 * folder of this alone, and emptied first. Once in the life of an account.
 */
export async function deployByHand(account: ShopAccount, input: ByHand, scratch: string): Promise<void> {
  const { ecr, ecs, targetGroupArn } = account;
  const { region, name, cluster, service, containerPort } = SHOP;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const image = await packByHand(
    { repository: name, commit: input.commit, source: input.checkout, scratch },
    {
      ...(input.base !== undefined && { base: input.base }),
      files: ['package.json', 'catalogue.json', 'server.js', 'src/**'],
      workdir: '/app',
      command: ['node', 'server.js'],
      environment: { COMMIT_SHA: '${commit}' },
    },
  );
  const signal = AbortSignal.timeout(PUSH_LIMIT_MS);
  const { reference } = await publish(ecr, { repository: name, region, commit: input.commit }, image, signal);
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      memory: '256',
      containerDefinitions: [
        {
          name: 'api',
          image: reference,
          essential: true,
          portMappings: [{ containerPort }],
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': name, 'awslogs-region': region, 'awslogs-stream-prefix': 'api' },
          },
        },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: service,
      taskDefinition: name,
      desiredCount: DESIRED_COUNT,
      loadBalancers: [{ targetGroupArn, containerName: 'api', containerPort }],
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    }),
  );
}
