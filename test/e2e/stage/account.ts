import { ECRClient } from '@aws-sdk/client-ecr';
import { GUARD } from '../../../bin/root';
import type { RecordedCall } from '../../../local/aws/record';
import type { LocalAws } from '../../../local/aws/server';
import { startLocalAws } from '../../../local/aws/server';
import type { JsonObject } from '../../../model/json';
import { imageOf, layerOf, repositoryOf } from '../../local/aws/images';

export const REGION = 'eu-west-1';
export const CLUSTER = 'production';
/** Sluice and the person who set everything up differ by their keys, so that the record tells them apart. */
const SLUICE_KEY = 'sluice';
const PERSON_KEY = 'person';
const READS = /^(Describe|List|Get|BatchGet|HEAD |GET )/;
/** The local AWS does not verify signatures, but wants one. */
const UNVERIFIED = '0'.repeat(64);
/** A service without a load balancer and health check is healthy this soon. */
const HEALTHY_AFTER_MS = 150;

/** A program that only runs: whatever these tests are about is not in it. */
export const PROGRAM = `process.once('SIGTERM', () => process.exit(0));\nsetInterval(() => undefined, 1000);\n`;

/** One AWS account on this machine, with an ECS cluster `production` in eu-west-1. */
export interface Account extends Pick<LocalAws, 'endpoint' | 'faults'> {
  /** Endpoint and keys for Sluice. */
  env: Readonly<Record<string, string>>;
  /** One call of ECS by a person, with whatever members the SDK does not know. */
  ecs(action: string, input: JsonObject): Promise<JsonObject>;
  /** An ECR repository of this name with one image in it; answers the image's reference by digest. */
  pushByHand(name: string): Promise<string>;
  /** A running service of one task of this family. */
  deployByHand(name: string, definition: JsonObject): Promise<void>;
  /** What Sluice asked for, oldest first; about one name only where that is given. */
  calls(action: string, about?: string): RecordedCall[];
  /** Everything that Sluice asked for and that is more than a look, as `service:action`. */
  writes(): string[];
  close(): Promise<void>;
}

export async function openAccount(stateDir: string): Promise<Account> {
  const aws = await startLocalAws({
    stateDir,
    guard: GUARD,
    region: REGION,
    timing: { healthyAfterMs: HEALTHY_AFTER_MS },
  });
  const { endpoint, registryHost, faults } = aws;
  const ecr = new ECRClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: PERSON_KEY, secretAccessKey: 'local' },
  });

  const ecs: Account['ecs'] = async (action, input) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${PERSON_KEY}/20261123/${REGION}/ecs/aws4_request, SignedHeaders=host, Signature=${UNVERIFIED}`,
      },
      body: JSON.stringify(input),
    });
    const answer = (await response.json()) as JsonObject;
    if (!response.ok) throw new Error(`${action}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const close = async (): Promise<void> => {
    ecr.destroy();
    await aws.close();
  };
  // A test file whose set-up failed must end all the same.
  await ecs('CreateCluster', { clusterName: CLUSTER }).catch(async (error: unknown) => {
    await close();
    throw error;
  });

  const bySluice = (): RecordedCall[] => aws.calls().filter(({ accessKeyId }) => accessKeyId === SLUICE_KEY);
  return {
    endpoint,
    faults,
    env: { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: SLUICE_KEY, AWS_SECRET_ACCESS_KEY: 'local' },
    ecs,

    async pushByHand(name) {
      const repository = await repositoryOf({ ecr, endpoint, registryHost }, name, 'IMMUTABLE');
      const image = imageOf([await layerOf([{ name: 'main.mjs', content: PROGRAM }])], { cmd: ['node', 'main.mjs'] });
      await repository.push(image, 'by-hand');
      return `${repository.uri}@${image.digest}`;
    },

    async deployByHand(name, definition) {
      await ecs('RegisterTaskDefinition', { family: name, ...definition });
      await ecs('CreateService', {
        cluster: CLUSTER,
        serviceName: name,
        taskDefinition: name,
        desiredCount: 1,
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      });
    },

    calls: (action, about = '') =>
      bySluice().filter((call) => call.action === action && JSON.stringify(call.request).includes(about)),
    writes: () =>
      bySluice()
        .filter(({ action }) => !READS.test(action))
        .map(({ service, action }) => `${service}:${action}`),
    close,
  };
}
