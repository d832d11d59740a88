import path from 'node:path';
import type { JsonObject } from '../../../model/json';
import { objectsOf, textOf } from '../../../model/json';
import { waitFor } from '../../helpers/wait-for';
import { importBase } from './base-image';
import { correctionsFor } from './corrections';
import type { RecordedCall } from './front';
import { openFront } from './front';
import type { Ministack } from './ministack';
import { startMinistack } from './ministack';
import { assumeRole, createRole } from './role';
import type { Calls } from './wire';
import { callsOfRoot } from './wire';

export const REGION = 'eu-west-1';
export const CLUSTER = 'production';

/** An AWS account in ministack with the cluster `production`, and Sluice's role in it. */
export interface Account {
  ministack: Ministack;
  /** An image with Node, in the registry: for Dockerfiles, packs and task definitions. */
  baseImage: string;
  /** Endpoint and temporary credentials for Sluice. */
  env: Readonly<Record<string, string>>;
  /** Calls of a person, corrected as Sluice's are. */
  call: Calls;
  /** Calls of a person past all corrections. */
  uncorrected: Calls;
  /** What Sluice asked for, oldest first; about one name only where that is given. */
  calls(action?: string, about?: string): RecordedCall[];
  service(name: string): Promise<JsonObject>;
  /** The service's tasks that are to run, or have stopped. */
  tasks(name: string, desiredStatus?: 'RUNNING' | 'STOPPED'): Promise<JsonObject[]>;
  /** Digest by tag of what is in a repository. */
  images(name: string): Promise<Record<string, string>>;
  /** Registers a revision and creates a service of it, its circuit breaker on, and waits until its tasks run. */
  createService(name: string, definition: JsonObject, service?: JsonObject): Promise<void>;
  close(): Promise<void>;
}

export async function openAccount(): Promise<Account> {
  const ministack = await startMinistack();
  const { host, directory, docker, imageLabel } = ministack;
  const baseImage = `${host}/base:1`;
  const front = await openFront(host, correctionsFor(host));
  const close = async (): Promise<void> => {
    await front.close();
    await ministack.stop();
  };
  const call = callsOfRoot(front.endpoint, REGION);
  const { ecs, ecr } = call;
  try {
    await importBase(docker, baseImage, imageLabel, path.join(directory, 'base'));
    await ecr('CreateRepository', { repositoryName: 'base' });
    await docker.run(['push', '--quiet', baseImage]);
    await ecs('CreateCluster', { clusterName: CLUSTER });
    await createRole(call);
    const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole(front.endpoint, REGION);

    const tasks: Account['tasks'] = async (serviceName, desiredStatus = 'RUNNING') => {
      const { taskArns = [] } = await ecs('ListTasks', { cluster: CLUSTER, serviceName, desiredStatus });
      return objectsOf((await ecs('DescribeTasks', { cluster: CLUSTER, tasks: taskArns }))['tasks']);
    };
    return {
      ministack,
      baseImage,
      env: {
        AWS_ENDPOINT_URL: front.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
      call,
      uncorrected: callsOfRoot(`http://${host}`, REGION),
      calls: (action, about = '') =>
        front.calls
          .filter((one) => one.accessKeyId === accessKeyId && (action ?? one.action) === one.action)
          .filter(({ request }) => JSON.stringify(request).includes(about)),

      async service(name) {
        const { services } = await ecs('DescribeServices', { cluster: CLUSTER, services: [name] });
        const [service] = objectsOf(services);
        if (service === undefined) throw new Error(`there is no service ${name}`);
        return service;
      },
      tasks,

      async images(repositoryName) {
        const { imageDetails } = await ecr('DescribeImages', { repositoryName });
        return Object.fromEntries(
          objectsOf(imageDetails).flatMap(({ imageTags, imageDigest = null }) =>
            (Array.isArray(imageTags) ? imageTags : []).map((tag) => [textOf(tag) ?? '', textOf(imageDigest) ?? '']),
          ),
        );
      },

      async createService(name, definition, { deploymentConfiguration = {}, ...service } = {}) {
        await ecs('RegisterTaskDefinition', { family: name, networkMode: 'host', memory: '256', ...definition });
        const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
        const { desiredCount = 1 } = service;
        await ecs('CreateService', {
          cluster: CLUSTER,
          serviceName: name,
          taskDefinition: name,
          desiredCount,
          ...service,
          deploymentConfiguration: { ...breaker, ...(deploymentConfiguration as JsonObject) },
        });
        await waitFor(`the tasks of ${name} to run`, async () => {
          const running = (await tasks(name)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
          return running.length === desiredCount;
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
