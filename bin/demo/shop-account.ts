import type { ECRClient } from '@aws-sdk/client-ecr';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import type { LocalAws } from '../../local/aws/server';
import { SHOP } from './shop';

/** What the shop's tutorial would have created by hand, but for the service itself. */
export interface ShopAccount {
  ecr: ECRClient;
  ecs: ECSClient;
  targetGroupArn: string;
  /** The load balancer's address. */
  url: string;
}

/**
 * Creates a load balancer, an ECR repository with immutable tags and a cluster. `port` is the load balancer's on
 * 127.0.0.1; 0 takes a free one. Throws one sentence when it is in use.
 */
export async function createShopAccount(
  aws: LocalAws,
  clients: Pick<ShopAccount, 'ecr' | 'ecs'>,
  port: number,
): Promise<ShopAccount> {
  const { ecr, ecs } = clients;
  const { targetGroupArn, url } = await aws.createTargetGroup({ name: SHOP.name, port, healthCheckPath: '/healthz' });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: SHOP.name, imageTagMutability: 'IMMUTABLE' }));
  await ecs.send(new CreateClusterCommand({ clusterName: SHOP.cluster }));
  return { ecr, ecs, targetGroupArn, url };
}
