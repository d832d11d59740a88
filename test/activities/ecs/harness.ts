import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAwsClients } from '../../../activities/aws/clients';
import type { RegionalClients } from '../../../activities/aws/clients';
import type { Authority } from '../../../activities/ecs/authority/authority';
import { createEcsActivities } from '../../../activities/ecs/activities';
import type { EcsActivities } from '../../../activities/ecs/activities';
import type { EcsDeps } from '../../../activities/ecs/deps';
import type { ImagePermit } from '../../../activities/ecs/revision';
import type { JsonObject } from '../../../local/aws/contract';
import { openCore } from '../../../local/aws/core';
import type { Core } from '../../../local/aws/core';
import { createEcs } from '../../../local/aws/ecs/engine';
import type { EcsTiming } from '../../../local/aws/ecs/timing';
import type { Baseline, ServiceTarget } from '../../../model/target';
import { waitFor } from '../../helpers/wait-for';
import { containerOf, scriptImages } from '../../local/aws/ecs/harness';
import { joinRealms } from '../../helpers/one-realm';

joinRealms();

export const REGION = 'eu-west-1';
export const GUARD = [process.execPath, path.resolve('bin/guard.mjs')];
/** How often the activities look. */
const PACE_MS = 40;
/** For what a test expects to happen; only a red test waits so long. */
export const WITHIN_MS = 20_000;

const TIMING: Partial<EcsTiming> = { healthyAfterMs: 250, restartBackoffMs: 20, restartBackoffMaxMs: 100 };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'ASIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };

export interface AwsHarness {
  core: Core;
  clients: ReturnType<typeof createAwsClients>;
  /** Runs one activity as a worker would. */
  run: <K extends keyof EcsActivities>(
    activity: K,
    input: Parameters<EcsActivities[K]>[0],
    more?: { deps?: Partial<EcsDeps>; heard?: string[] },
  ) => Promise<Awaited<ReturnType<EcsActivities[K]>>>;
  /** An ECS action as somebody else would call it: past the front, and thus not in the record of calls. */
  call: (action: string, input?: JsonObject) => Promise<JsonObject>;
  register: (tag: string, container?: JsonObject, top?: JsonObject) => Promise<string>;
  /** Service `api` of this revision, two tasks, brought out. */
  serviceOf: (taskDefinitionArn: string, more?: JsonObject) => Promise<void>;
  settled: () => Promise<void>;
  sent: (action: string) => JsonObject[];
  close: () => Promise<void>;
}

export async function startHarness(): Promise<AwsHarness> {
  Object.assign(process.env, CREDENTIALS);
  const stateDir = await mkdtemp(path.join(tmpdir(), 'sluice-ecs-'));
  const core = await openCore({ stateDir, region: REGION, accountId: '000000000000', port: 0 });
  const ecs = createEcs({
    accountId: '000000000000',
    region: REGION,
    stateDir,
    images: scriptImages(path.join(stateDir, 'images')),
    logs: core.logs,
    guard: GUARD,
    timing: TIMING,
  });
  core.serve([ecs.service]);
  const clients = createAwsClients({ endpoint: core.endpoint });
  const usual: EcsDeps = { clients, authority: trusting(clients), pace: () => PACE_MS, unavailableAfterMs: 10_000 };

  const call: AwsHarness['call'] = async (action, input = {}) => {
    const answer = await ecs.service.actions[action]!(JSON.parse(JSON.stringify(input)) as JsonObject, {
      requestId: 'r',
      accessKeyId: 'ASIAOTHER',
      region: REGION,
    });
    return JSON.parse(JSON.stringify(answer)) as JsonObject;
  };
  const register: AwsHarness['register'] = async (tag, container = {}, top = {}) => {
    const definition = { family: 'api', containerDefinitions: [containerOf(tag, container)], ...top };
    const { taskDefinition } = await call('RegisterTaskDefinition', definition);
    return (taskDefinition as JsonObject)['taskDefinitionArn'] as string;
  };
  const settled = async () => {
    await waitFor('the service is settled', async () => {
      const { services } = await call('DescribeServices', { cluster: 'production', services: ['api'] });
      const deployments = (services as JsonObject[])[0]!['deployments'] as JsonObject[];
      return deployments.length === 1 && deployments[0]!['rolloutState'] === 'COMPLETED';
    });
  };
  await call('CreateCluster', { clusterName: 'production' });

  return {
    core,
    clients,
    run: (activity, input, { deps = {}, heard } = {}) => {
      const environment = new MockActivityEnvironment(
        { scheduledTimestampMs: Date.now() },
        { logger: new DefaultLogger('ERROR') },
      );
      environment.on('heartbeat', (text: string) => heard?.push(text));
      type Run = (given: typeof input) => ReturnType<EcsActivities[typeof activity]>;
      return environment.run(createEcsActivities({ ...usual, ...deps })[activity] as unknown as Run, input) as never;
    },
    call,
    register,
    async serviceOf(taskDefinition, more = {}) {
      await call('CreateService', {
        cluster: 'production',
        serviceName: 'api',
        taskDefinition,
        desiredCount: 2,
        ...more,
      });
      await settled();
    },
    settled,
    sent: (action) => core.calls({ service: 'ecs', action }).map(({ request }) => request as JsonObject),
    async close() {
      clients.destroy();
      await core.close();
      await ecs.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Lets everything through: what the deployer is allowed to do is another test's subject. */
export function trusting(clients: RegionalClients): Authority {
  return { mayDeploy: () => Promise.resolve(), mayReturn: () => undefined, clientsOf: () => clients };
}

export function targetOf(service: Partial<ServiceTarget['service']> = {}): ServiceTarget {
  return {
    region: REGION,
    cluster: 'production',
    service: {
      service: 'api',
      container: 'app',
      environment: {},
      from: 'live',
      health: { kind: 'digest', times: 1, intervalMs: 50, withinMs: WITHIN_MS },
      stableWithinMs: WITHIN_MS,
      failAfterStops: 2,
      allowZeroTasks: false,
      ...service,
    },
    scope: { project: 'shop', environment: 'production', request: 'run-1/production' },
  };
}

export const COMMIT = '1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b';
export const RELEASE = `release:shop:${COMMIT}/run-1`;

export async function capturedBaseline({ run }: AwsHarness): Promise<Baseline> {
  const answer = await run('captureBaseline', { target: targetOf() });
  if (answer.kind !== 'baseline') throw new Error(`expected a baseline, got ${answer.kind}`);
  return answer.baseline;
}

/** `registry.test/app@sha256:…` of one of the script images. */
export async function imageOf(tag: string): Promise<{ reference: string; digest: string }> {
  const resolved = await scriptImages('').resolve(`registry.test/app:${tag}`);
  return { reference: `registry.test/app@${resolved!.digest}`, digest: resolved!.digest };
}

export function permitOf(reference: string, commit = COMMIT): ImagePermit {
  const digest = reference.slice(reference.indexOf('@') + 1);
  return { repository: '/repositories/shop', commit, image: { reference, digest } };
}

/** Registers and deploys one of the script images as a release of ours; answers all that later steps need. */
export async function deploy(harness: AwsHarness, tag: string, commit = COMMIT, release = RELEASE) {
  const { run } = harness;
  const target = targetOf();
  const baseline = await capturedBaseline(harness);
  const { reference, digest } = await imageOf(tag);
  const request = { target, baseline, permit: permitOf(reference, commit), release };
  const { taskDefinitionArn } = await run('registerRevision', request);
  const deployment = await run('updateService', { ...request, taskDefinitionArn });
  return { target, baseline, taskDefinitionArn, deployment, digest };
}

export const BREAKER = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
