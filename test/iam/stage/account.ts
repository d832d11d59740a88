import { ECRClient } from '@aws-sdk/client-ecr';
import { GUARD } from '../../../bin/root';
import type { RecordedCall } from '../../../local/aws/record';
import { startLocalAws } from '../../../local/aws/server';
import type { ProviderSettings, RoleSettings } from '../../../local/iam/settings';
import { objectsOf } from '../../../model/json';
import type { JsonObject } from '../../../model/json';
import { waitFor } from '../../helpers/wait-for';
import { imageOf, layerOf, repositoryOf } from '../../local/aws/images';
import type { Image } from '../../local/aws/images';
import { ACCOUNT, BASE, CLUSTER, program, REGION, TASK_ROLES } from './files';
import { openPlatformProxy } from './platform-proxy';

const ROOT_KEY = 'person';
/** Has no permission of its own: it may do nothing but assume the roles that trust it. */
const WORKER_KEY = 'worker';
export const WORKER = `arn:aws:iam::${ACCOUNT}:user/worker`;
/** The local AWS does not verify signatures, but wants one. */
const UNVERIFIED = '0'.repeat(64);

/** An account of the local AWS in which nobody may do anything without a policy, the person apart who sets it up. */
export interface Account {
  /** Endpoint and keys for Sluice's worker. */
  env: Readonly<Record<string, string>>;
  putRole(role: RoleSettings): void;
  /** A call of ECS by the person. */
  ecs(action: string, input: JsonObject): Promise<JsonObject>;
  /** An ECR repository of this name, with an image of the program in it; answers its reference by digest. */
  pushByHand(name: string): Promise<string>;
  /**
   * Puts an image index in the place that a commit's image will have; tasks will name the manifest that it lists, as they
   * may on AWS.
   */
  pushIndex(name: string, commit: string): Promise<void>;
  /** A running service of one task, whose family and log group have the same name. */
  deployByHand(name: string, image: string): Promise<void>;
  /** Calls by sessions of a role. */
  callsOf(...roles: string[]): RecordedCall[];
  close(): Promise<void>;
}

export async function openAccount(stateDir: string, providers: readonly ProviderSettings[] = []): Promise<Account> {
  const iam = { keys: { [ROOT_KEY]: 'root' as const, [WORKER_KEY]: { user: 'worker' } }, providers };
  const timing = { healthyAfterMs: 100, restartBackoffMs: 2_000 };
  const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION, accountId: ACCOUNT, timing, iam });
  const { endpoint, registryHost } = aws;
  const proxy = await openPlatformProxy(endpoint);
  const ecr = new ECRClient({ endpoint, region: REGION, credentials: { accessKeyId: ROOT_KEY, secretAccessKey: 'x' } });
  const close = async (): Promise<void> => {
    ecr.destroy();
    await proxy.close();
    await aws.close();
  };

  const ecs: Account['ecs'] = async (action, input) => {
    const credential = `${ROOT_KEY}/20261123/${REGION}/ecs/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${UNVERIFIED}`,
      },
      body: JSON.stringify(input),
    });
    const answer = (await response.json()) as JsonObject;
    if (!response.ok) throw new Error(`${action}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const repositories = new Map<string, Awaited<ReturnType<typeof repositoryOf>>>();
  const push = async (name: string, tag: string, remark: string): Promise<Image> => {
    const repository =
      repositories.get(name) ?? (await repositoryOf({ ecr, endpoint, registryHost }, name, 'IMMUTABLE'));
    repositories.set(name, repository);
    const layer = await layerOf([{ name: 'main.sh', content: program(remark) }]);
    const image = imageOf([layer], { cmd: ['sh', 'main.sh'] });
    await repository.push(image, tag);
    return image;
  };
  try {
    await ecs('CreateCluster', { clusterName: CLUSTER });
    await push(BASE, '1', 'the base');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    env: {
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_ACCESS_KEY_ID: WORKER_KEY,
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: '',
    },
    putRole: (role) => aws.putRole?.(role),
    ecs,
    pushByHand: async (name) => `${registryHost}/${name}@${(await push(name, 'by-hand', 'by hand')).digest}`,

    async pushIndex(name, commit) {
      const { digest, manifest } = await push(name, `${commit}-amd64`, 'by hand, for a commit');
      const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const manifests = [{ mediaType, digest, size: manifest.length, platform }];
      const indexType = 'application/vnd.oci.image.index.v1+json';
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
      const response = await repositories.get(name)?.putManifest(commit, index, indexType);
      const stored = response?.headers.get('docker-content-digest');
      if (!stored) throw new Error(`the index of ${name} was not stored`);
      proxy.showAs(stored, digest);
    },

    async deployByHand(name, image) {
      const options = { 'awslogs-group': `/ecs/${name}`, 'awslogs-region': REGION, 'awslogs-stream-prefix': 'ecs' };
      const [taskRoleArn = '', executionRoleArn = ''] = TASK_ROLES;
      await ecs('RegisterTaskDefinition', {
        ...{ family: name, memory: '256', taskRoleArn, executionRoleArn },
        containerDefinitions: [{ name, image, essential: true, logConfiguration: { logDriver: 'awslogs', options } }],
      });
      await ecs('CreateService', {
        ...{ cluster: CLUSTER, serviceName: name, taskDefinition: name, desiredCount: 1 },
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      });
      await waitFor(`${name} to run`, async () => {
        const { services } = await ecs('DescribeServices', { cluster: CLUSTER, services: [name] });
        return objectsOf(objectsOf(services)[0]?.['deployments']).every(
          ({ rolloutState }) => rolloutState === 'COMPLETED',
        );
      });
    },

    callsOf: (...roles) => {
      const sessions = roles.map((role) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/`);
      return aws.calls().filter(({ principal = '' }) => sessions.some((each) => principal.startsWith(each)));
    },
    close,
  };
}
