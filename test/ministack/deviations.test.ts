import { ECSClient, DescribeServicesCommand } from '@aws-sdk/client-ecs';
import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import { waitFor } from '../helpers/wait-for';
import type { DeviationId } from './deviations';
import { DEVIATIONS } from './deviations';
import type { Account } from './stage/account';
import { CLUSTER, openAccount, REGION } from './stage/account';
import type { ByHand } from './stage/by-hand';
import { byHand, CRASHES, STEADY } from './stage/by-hand';
import { assumeRole, createRole } from './stage/role';
import type { Calls } from './stage/wire';

let account: Account;
let person: ByHand;
let call: Calls;
/** What one service went through: deployments[] after its failed rollout, and after a good one. */
const history: { before: JsonObject[]; failed: JsonObject[]; mended: JsonObject[] } = {
  before: [],
  failed: [],
  mended: [],
};

beforeAll(async () => {
  account = await openAccount();
  person = byHand(account);
  call = account.uncorrected;
  await person.createService('history');
  history.before = await person.settled('history', 1);
  await waitFor('its task to run', async () => (await person.tasks('history'))[0]?.['lastStatus'] === 'RUNNING');
  await person.update('history', CRASHES);
  history.failed = await person.settled('history', 2);
  await person.update('history', STEADY);
  history.mended = await person.settled('history', 2);
}, 400_000);
afterAll(() => account.close(), 60_000);

const container = async (task: JsonObject): Promise<JsonObject> => {
  const filter = `label=com.amazonaws.ecs.task-arn=${textOf(task['taskArn']) ?? ''}`;
  const { docker } = account.ministack;
  const id = await docker.run(['container', 'ls', '--all', '--quiet', '--filter', filter]);
  return JSON.parse(await docker.run(['container', 'inspect', '--format', '{{json .}}', id])) as JsonObject;
};

const stillSo: Record<DeviationId, () => Promise<void>> = {
  'registry-host': async () => {
    const amazon = expect.stringMatching(/^(https:\/\/)?000000000000\.dkr\.ecr\.eu-west-1\.amazonaws\.com/) as unknown;
    const { repositories } = await call.ecr('DescribeRepositories', { repositoryNames: ['base'] });
    expect(repositories).toEqual([expect.objectContaining({ repositoryUri: amazon })]);
    const { authorizationData } = await call.ecr('GetAuthorizationToken', {});
    expect(authorizationData).toEqual([expect.objectContaining({ proxyEndpoint: amazon })]);
    expect((await fetch(`http://${account.ministack.host}/v2/base/manifests/1`)).status).toBe(200);
  },
  'started-by': async () => {
    expect(await person.tasks('history')).toEqual([expect.objectContaining({ startedBy: 'history' })]);
  },
  'no-stop': async () => {
    const stopped = call.ecs('StopServiceDeployment', { serviceDeploymentArn: 'any', stopType: 'ROLLBACK' });
    await expect(stopped).rejects.toMatchObject({ answer: expect.stringContaining('InvalidAction') as unknown });
  },
  'no-service-deployments': async () => {
    const listed = await call.ecs('ListServiceDeployments', { cluster: CLUSTER, service: 'history' });
    expect(listed).toEqual({ serviceDeployments: [] });
  },
  'failed-stays': () => {
    expect(history.mended.map(({ rolloutState }) => rolloutState)).toEqual(['COMPLETED', 'FAILED']);
    return Promise.resolve();
  },
  'rollback-reuses': () => {
    const [failed, back] = history.failed;
    expect(back).toMatchObject({ id: history.before[0]?.['id'], status: 'PRIMARY' });
    expect(failed).toMatchObject({
      rolloutStateReason: expect.stringMatching(/triggered after 3 consecutive task failures/) as unknown,
    });
    return Promise.resolve();
  },
  'drained-by-user': async () => {
    const stopCodes = (await person.tasks('history', 'STOPPED')).map(({ stopCode }) => stopCode);
    expect(new Set(stopCodes)).toEqual(new Set(['UserInitiated', 'EssentialContainerExited']));
  },
  'created-completed': async () => {
    await person.createService('unborn', STEADY, { desiredCount: 1 });
    const { deployments } = await person.describe('unborn');
    expect(deployments).toEqual([expect.objectContaining({ rolloutState: 'COMPLETED' })]);
  },
  'no-back-off': async () => {
    const [wanted, withinSeconds] = [6, 20];
    await person.createService('restless', CRASHES, { deploymentConfiguration: {} });
    const stopped = await waitFor('tasks that failed', async () => {
      const tasks = await person.tasks('restless', 'STOPPED');
      return tasks.length >= wanted && tasks;
    });
    await call.ecs('DeleteService', { cluster: CLUSTER, service: 'restless', force: true });
    const times = stopped.map(({ createdAt }) => Number(createdAt));
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(withinSeconds);
  },
  'ignored-settings': async () => {
    const task = await person.runTask('ignored', {
      entryPoint: ['/no/such/program'],
      healthCheck: { command: ['CMD', '/no/such/program'], interval: 5, retries: 1 },
    });
    expect(task).toMatchObject({ lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' });
    const { Config, HostConfig } = await container(task);
    expect(Config).not.toHaveProperty('Healthcheck');
    expect(HostConfig).toMatchObject({ Memory: 0 });
  },
  'host-ports': async () => {
    const task = await person.runTask('ports', { portMappings: [{ containerPort: 8080 }] });
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
  },
  'phantom-revision': async () => {
    await person.createService('phantom');
    await call.ecs('UpdateService', { cluster: CLUSTER, service: 'phantom', taskDefinition: 'phantom:99' });
    const { deployments } = await person.describe('phantom');
    expect(objectsOf(deployments)[0]).toMatchObject({ taskDefinition: 'phantom:99', runningCount: 1 });
    const tasks = await person.tasks('phantom');
    expect(tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual([
      expect.stringMatching(/phantom:1$/) as unknown,
    ]);
  },
  'missing-image': async () => {
    const imageIds = [{ imageTag: 'never-pushed' }];
    expect(await call.ecr('DescribeImages', { repositoryName: 'base', imageIds })).toEqual({ imageDetails: [] });
  },
  'nulls-and-blanks': async () => {
    const { taskDefinition } = await call.ecs('DescribeTaskDefinition', { taskDefinition: 'history' });
    expect(taskDefinition).toMatchObject({ proxyConfiguration: null, runtimePlatform: null });
    expect(await person.tasks('history')).toEqual([expect.objectContaining({ stopCode: '' })]);
  },
  'unknown-fields': async () => {
    const containerDefinitions = [{ name: 'main', image: account.baseImage }];
    await call.ecs('RegisterTaskDefinition', { family: 'fields', containerDefinitions, enableFaultInjection: true });
    const { taskDefinition } = await call.ecs('DescribeTaskDefinition', { taskDefinition: 'fields' });
    expect(taskDefinition).not.toHaveProperty('enableFaultInjection');
  },
  'open-registry': async () => {
    const uploads = `http://${account.ministack.host}/v2/base/blobs/uploads/`;
    expect((await fetch(uploads, { method: 'POST' })).status).toBe(202);
  },
  'policies-by-cluster': async () => {
    const asked = async (resource: string): Promise<unknown> => {
      await createRole(call, { actions: ['ecs:DescribeServices'], resource });
      const endpoint = `http://${account.ministack.host}`;
      const ecs = new ECSClient({ endpoint, region: REGION, credentials: await assumeRole(endpoint, REGION) });
      const answer = ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ['history'] }));
      return answer
        .then(
          () => 'allowed',
          (error: unknown) => (error as Error).name,
        )
        .finally(() => ecs.destroy());
    };
    expect(await asked(`arn:aws:ecs:${REGION}:000000000000:service/${CLUSTER}/history`)).toBe('AccessDeniedException');
    expect(await asked(`arn:aws:ecs:${REGION}:000000000000:cluster/${CLUSTER}`)).toBe('allowed');
  },
};

describe('unlike AWS, in ministack', () => {
  it.each(DEVIATIONS)('$ministack', ({ id }) => stillSo[id]());
});
