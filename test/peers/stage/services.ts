import type { JsonObject } from '../../../model/json';
import { objectsOf, textOf } from '../../../model/json';
import { waitFor } from '../../helpers/wait-for';
import { call } from './calls';
import type { Peers } from './peers';
import { CLUSTER } from './peers';

export interface ServiceOptions {
  /** Of the service and of its task definitions' family. */
  name: string;
  /** One revision is registered for each; the last is brought out. */
  images: readonly string[];
  desiredCount?: number;
  /** What the circuit breaker does when it opens; `none` is no breaker. */
  breaker?: 'rollback' | 'stop' | 'none';
}

export interface Service {
  /** Registers the next revision; answers its ARN. */
  register(image: string): Promise<string>;
  /** As DescribeServices shows it. */
  now(): Promise<JsonObject>;
  /** Until one deployment is left, in this state; answers the service. */
  settled(rolloutState?: string): Promise<JsonObject>;
}

/** A service that runs in the cluster `production`; resolves when it has settled. */
export async function openService({ endpoint }: Peers, options: ServiceOptions): Promise<Service> {
  const { name, images, desiredCount = 1, breaker = 'rollback' } = options;
  const service: Service = {
    async register(image) {
      const { taskDefinition } = await call(endpoint, 'ecs:RegisterTaskDefinition', {
        family: name,
        memory: '128',
        containerDefinitions: [{ name: 'app', image, essential: true }],
      });
      return textOf((taskDefinition as JsonObject)['taskDefinitionArn']) ?? '';
    },
    async now() {
      const { services } = await call(endpoint, 'ecs:DescribeServices', { cluster: CLUSTER, services: [name] });
      return objectsOf(services)[0] ?? {};
    },
    settled: (rolloutState = 'COMPLETED') =>
      waitFor(`${name} has one deployment that is ${rolloutState}`, async () => {
        const seen = await service.now();
        const [deployment, ...more] = objectsOf(seen['deployments']);
        return more.length === 0 && deployment?.['rolloutState'] === rolloutState ? seen : undefined;
      }),
  };
  for (const image of images) await service.register(image);
  await call(endpoint, 'ecs:CreateService', {
    ...{ cluster: CLUSTER, serviceName: name, taskDefinition: name, desiredCount },
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: breaker !== 'none', rollback: breaker === 'rollback' },
    },
  });
  await service.settled();
  return service;
}
