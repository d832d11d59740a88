import type { JsonObject } from '../../../model/json';
import { objectsOf, textOf } from '../../../model/json';
import { waitFor } from '../../helpers/wait-for';
import { CLUSTER_INPUT, definitionOf, GROUP, SERVICE, serviceOf } from './by-hand-inputs';
import { attempt, call } from './calls';
import type { Peers } from './peers';
import { CLUSTER, CRASH, server } from './peers';

/**
 * Every action that the local AWS speaks, at least once and with as much in it as AWS would show: a service that is brought
 * out, one that fails and is rolled back, one that is stopped, tasks that are stopped, and all that can be looked at.
 */
export async function releaseByHand(peers: Peers): Promise<void> {
  const ask = (action: string, input: JsonObject = {}) => call(peers.endpoint, action, input);
  const repository = await pushImages(peers, ask);
  await attempt(peers.endpoint, 'sts:GetCallerIdentity');
  await openCluster(ask);
  const first = await register(ask, `${repository}:one`);
  const { targetGroupArn } = await peers.aws.createTargetGroup({ name: SERVICE });
  const made = await ask('ecs:CreateService', serviceOf(first, targetGroupArn));
  const serviceArn = textOf((made['service'] as JsonObject)['serviceArn']) ?? '';
  await look(ask);
  await settled(ask);

  await rollTo(ask, await register(ask, `${repository}:crash`), 'ROLLBACK_SUCCESSFUL');
  await look(ask);
  const two = await register(ask, `${repository}:two`);
  await rollTo(ask, two, 'SUCCESSFUL');
  for (const stopType of ['ROLLBACK', 'ABORT']) await stopADeployment(ask, first, stopType);
  await ask('ecs:UpdateService', { cluster: CLUSTER, service: SERVICE, taskDefinition: two, desiredCount: 1 });
  await settled(ask);

  await stopATask(peers, ask);
  for (const resourceArn of [serviceArn, first, clusterArn(serviceArn)]) {
    await ask('ecs:TagResource', { resourceArn, tags: [{ key: 'team', value: 'shop' }] });
    await ask('ecs:ListTagsForResource', { resourceArn });
  }
  await ask('ecs:ListTaskDefinitions', { familyPrefix: SERVICE, status: 'ACTIVE', sort: 'DESC', maxResults: 1 });
  await ask('ecs:DeregisterTaskDefinition', { taskDefinition: first });
  await ask('ecs:DescribeTaskDefinition', { taskDefinition: first, include: ['TAGS'] });
  await look(ask);
}

type Ask = (action: string, input?: JsonObject) => Promise<JsonObject>;

/** Three images, of which the answer is the repository: `one` and `two` serve, `crash` crashes. */
async function pushImages(peers: Peers, ask: Ask): Promise<string> {
  await ask('ecr:CreateRepository', { repositoryName: 'tagged-once', imageTagMutability: 'IMMUTABLE' });
  for (const tag of ['one', 'two']) await peers.push(SERVICE, tag, server(tag));
  await peers.push(SERVICE, 'crash', CRASH);
  await ask('ecr:GetAuthorizationToken');
  await ask('ecr:DescribeRepositories');
  await ask('ecr:DescribeRepositories', { repositoryNames: [SERVICE] });
  await ask('ecr:DescribeImages', { repositoryName: SERVICE });
  await ask('ecr:DescribeImages', { repositoryName: SERVICE, imageIds: [{ imageTag: 'one' }] });
  const { images } = await ask('ecr:BatchGetImage', {
    repositoryName: SERVICE,
    imageIds: [{ imageTag: 'one' }, { imageTag: 'none' }],
  });
  const [image] = objectsOf(images);
  await ask('ecr:PutImage', {
    repositoryName: SERVICE,
    imageTag: 'also-one',
    imageManifest: image?.['imageManifest'] ?? '',
  });
  return `${peers.aws.registryHost}/${SERVICE}`;
}

async function openCluster(ask: Ask): Promise<void> {
  await ask('ecs:CreateCluster', CLUSTER_INPUT);
  await ask('ecs:DescribeClusters', { clusters: [CLUSTER, 'none'], include: ['TAGS', 'SETTINGS', 'STATISTICS'] });
}

async function register(ask: Ask, image: string): Promise<string> {
  const { taskDefinition } = await ask('ecs:RegisterTaskDefinition', definitionOf(image));
  return textOf((taskDefinition as JsonObject)['taskDefinitionArn']) ?? '';
}

const inService = { cluster: CLUSTER, service: SERVICE };

async function serviceNow(ask: Ask): Promise<JsonObject> {
  const { services } = await ask('ecs:DescribeServices', {
    cluster: CLUSTER,
    services: [SERVICE, 'none'],
    include: ['TAGS'],
  });
  return objectsOf(services)[0] ?? {};
}

async function settled(ask: Ask): Promise<void> {
  await waitFor('one deployment that is COMPLETED', async () => {
    const [deployment, ...more] = objectsOf((await serviceNow(ask))['deployments']);
    return more.length === 0 && deployment?.['rolloutState'] === 'COMPLETED';
  });
}

/** Updates the service and looks at everything on the way, until the service deployment ends in this status. */
async function rollTo(ask: Ask, taskDefinition: string, status: string): Promise<void> {
  const { service } = await ask('ecs:UpdateService', { ...inService, taskDefinition });
  const arn = textOf((service as JsonObject)['currentServiceDeployment']) ?? '';
  await waitFor(`a service deployment that is ${status}`, async () => {
    await look(ask);
    const { serviceDeployments } = await ask('ecs:DescribeServiceDeployments', {
      serviceDeploymentArns: [arn, 'none'],
    });
    return objectsOf(serviceDeployments)[0]?.['status'] === status;
  });
  await settled(ask);
}

async function stopADeployment(ask: Ask, taskDefinition: string, stopType: string): Promise<void> {
  const update = { ...inService, taskDefinition, forceNewDeployment: true };
  const { service } = await ask('ecs:UpdateService', update);
  const serviceDeploymentArn = textOf((service as JsonObject)['currentServiceDeployment']) ?? '';
  await ask('ecs:StopServiceDeployment', { serviceDeploymentArn, stopType });
  await waitFor(`a service deployment whose ${stopType} is over`, async () => {
    const asked = { serviceDeploymentArns: [serviceDeploymentArn] };
    const { serviceDeployments } = await ask('ecs:DescribeServiceDeployments', asked);
    return ['STOPPED', 'ROLLBACK_SUCCESSFUL'].includes(textOf(objectsOf(serviceDeployments)[0]?.['status']) ?? '');
  });
}

async function stopATask({ endpoint }: Peers, ask: Ask): Promise<void> {
  const { taskArns } = await ask('ecs:ListTasks', { cluster: CLUSTER, serviceName: SERVICE, maxResults: 1 });
  const [task = ''] = Array.isArray(taskArns) ? taskArns : [];
  const logStreamName = `ecs/app/${(textOf(task) ?? '').split('/').at(-1) ?? ''}`;
  await waitFor('a line in the log of the task', async () => {
    const of = { logGroupName: GROUP, logStreamName, startFromHead: true, limit: 10 };
    return (await attempt(endpoint, 'logs:GetLogEvents', of)).code === undefined;
  });
  await ask('ecs:StopTask', { cluster: CLUSTER, task, reason: 'to see it stop' });
  await waitFor('a task that is STOPPED', async () => {
    const { tasks } = await ask('ecs:DescribeTasks', { cluster: CLUSTER, tasks: [task, 'none'] });
    return objectsOf(tasks)[0]?.['lastStatus'] === 'STOPPED';
  });
  await settled(ask);
}

/** All that there is to see of the service: its tasks, running and stopped, its deployments and its revisions. */
async function look(ask: Ask): Promise<void> {
  await serviceNow(ask);
  for (const desiredStatus of ['RUNNING', 'STOPPED']) {
    const { taskArns } = await ask('ecs:ListTasks', { cluster: CLUSTER, desiredStatus });
    const tasks = Array.isArray(taskArns) ? taskArns : [];
    if (tasks.length > 0) await ask('ecs:DescribeTasks', { cluster: CLUSTER, tasks, include: ['TAGS'] });
  }
  const listed = await ask('ecs:ListServiceDeployments', { ...inService, maxResults: 1 });
  await ask('ecs:ListServiceDeployments', { ...inService, status: ['SUCCESSFUL', 'IN_PROGRESS'] });
  const revisions = objectsOf(listed['serviceDeployments']).map((one) => one['targetServiceRevisionArn'] ?? '');
  await ask('ecs:DescribeServiceRevisions', { serviceRevisionArns: [...revisions, 'none'] });
}

function clusterArn(serviceArn: string): string {
  return serviceArn.replace(/:service\/(\w+)\/.*/, ':cluster/$1');
}
