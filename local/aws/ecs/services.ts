import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { flag, integer, invalid, object, objects, requiredText, text, texts } from '../input';
import { describeEach, inSeconds } from './answers';
import { readTags, tagList } from './clusters';
import { isAlive } from './records';
import type { Deployment, Service, Task, TaskDefinition } from './records';
import { beginDeployment, primaryOf } from './rollout';
import { rolloutRules } from './rollout-rules';
import { runnableTaskDefinition } from './task-definitions';
import { clusterOf, ecsArn, findService, lastSegment, serviceOf, tasksOf } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 10;
const CONFIGURATION = 'deploymentConfiguration';

/** Members of a service that belong to its revision: another value for one of them begins a deployment. */
const SHOWN_BY_SERVICE = ['loadBalancers', 'serviceRegistries', 'networkConfiguration', 'platformVersion'];
const SHOWN_BY_DEPLOYMENT = ['serviceConnectConfiguration', 'volumeConfigurations', 'vpcLatticeConfigurations'];
const REVISION_MEMBERS = [...SHOWN_BY_SERVICE, ...SHOWN_BY_DEPLOYMENT, 'monitoring', 'gatewayConnectors'];

/** Members of requests that are no part of a service; all others are kept verbatim, as settings. */
const REQUEST_MEMBERS = ['cluster', 'service', 'clientToken', 'forceNewDeployment', 'role'];

const DEFAULTS: JsonObject = {
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  deploymentController: { type: 'ECS' },
  deploymentConfiguration: {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: 200,
    minimumHealthyPercent: 100,
  },
};

/** CreateService, UpdateService, DescribeServices. */
export function serviceActions(world: World): Record<string, Action> {
  return {
    CreateService: (input) => {
      const cluster = clusterOf(world, input);
      const name = requiredText(input, 'serviceName');
      if (findService(world, cluster, name)) throw invalid('Creation of service was not idempotent.');
      const definition = runnableTaskDefinition(world, requiredText(input, 'taskDefinition'));
      checkSettings(input);
      checkLoadBalancers(world, input, definition);
      const service: Service = {
        name,
        arn: ecsArn(world, `service/${cluster.name}/${name}`),
        cluster,
        desiredCount: integer(input, 'desiredCount') ?? 1,
        settings: mergeSettings(DEFAULTS, input),
        deployments: [],
        serviceDeployments: [],
        events: [],
        steady: false,
        createdAt: Date.now(),
        tags: readTags(input),
      };
      world.services.set(service.arn, service);
      beginDeployment(world, service, { taskDefinition: definition, settings: revisionMembers(input) });
      world.onChange(service);
      return { service: serviceView(world, service, ['TAGS']) };
    },
    UpdateService: (input) => {
      const service = serviceOf(world, clusterOf(world, input), requiredText(input, 'service'));
      const { revision } = primaryOf(service);
      const named = text(input, 'taskDefinition');
      const definition = named === undefined ? revision.taskDefinition : runnableTaskDefinition(world, named);
      const members = { ...revision.settings, ...revisionMembers(input) };
      checkSettings(input);
      checkLoadBalancers(world, members, definition);
      service.desiredCount = integer(input, 'desiredCount') ?? service.desiredCount;
      service.settings = mergeSettings(service.settings, input);
      const changed = definition !== revision.taskDefinition || !isDeepStrictEqual(members, revision.settings);
      if (changed || flag(input, 'forceNewDeployment'))
        beginDeployment(world, service, { taskDefinition: definition, settings: members });
      world.onChange(service);
      return { service: serviceView(world, service, ['TAGS']) };
    },
    DescribeServices: (input) => {
      const cluster = clusterOf(world, input);
      const include = texts(input, 'include') ?? [];
      return describeEach(input, 'services', {
        most: MOST_DESCRIBED,
        find: (name) => findService(world, cluster, name),
        arn: (name) => ecsArn(world, `service/${cluster.name}/${lastSegment(name)}`),
        view: (service) => serviceView(world, service, include),
      });
    },
  };
}

/** The settings so far under those of the request; a deployment configuration is merged member by member. */
function mergeSettings(settings: JsonObject, input: JsonObject): JsonObject {
  const sent = select(input, (name) => ![...REQUEST_MEMBERS, ...REVISION_MEMBERS].includes(name));
  const configuration = { ...object(settings, CONFIGURATION), ...object(input, CONFIGURATION) };
  return { ...settings, ...sent, [CONFIGURATION]: configuration };
}

function revisionMembers(input: JsonObject): JsonObject {
  return select(input, (name) => REVISION_MEMBERS.includes(name) && input[name] !== null);
}

function select(input: JsonObject, wanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([name]) => wanted(name)));
}

/** Types that the scheduler relies on later, and what this ECS does not do. */
function checkSettings(input: JsonObject): void {
  const configuration = object(input, CONFIGURATION) ?? {};
  rolloutRules(configuration, 1);
  integer(input, 'healthCheckGracePeriodSeconds');
  const controller = text(object(input, 'deploymentController') ?? {}, 'type') ?? 'ECS';
  const strategy = text(configuration, 'strategy') ?? 'ROLLING';
  const scheduling = text(input, 'schedulingStrategy') ?? 'REPLICA';
  if (controller === 'ECS' && strategy === 'ROLLING' && scheduling === 'REPLICA') return;
  const message = `This local AWS does rolling deployments of REPLICA services only, not ${controller}, ${strategy}, ${scheduling}.`;
  throw new AwsError('UnsupportedFeatureException', message);
}

function checkLoadBalancers(world: World, input: JsonObject, definition: TaskDefinition): void {
  for (const balancer of objects(input, 'loadBalancers')) {
    const arn = requiredText(balancer, 'targetGroupArn');
    if (!world.targetGroups.has(arn)) throw invalid(`The target group ${arn} does not exist.`);
    const name = requiredText(balancer, 'containerName');
    const port = integer(balancer, 'containerPort');
    const container = definition.containers.find((candidate) => candidate['name'] === name) ?? {};
    if (!objects(container, 'portMappings').some((mapping) => mapping['containerPort'] === port))
      throw invalid(`The container ${name} did not have a container port ${port ?? ''} defined.`);
  }
}

/** A service as DescribeServices shows it. */
export function serviceView(world: World, service: Service, include: string[]): JsonObject {
  const tasks = tasksOf(world, service);
  const { revision } = primaryOf(service);
  return {
    ...service.settings,
    ...select(revision.settings, (name) => SHOWN_BY_SERVICE.includes(name)),
    taskDefinition: revision.taskDefinition.arn,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: 'ACTIVE',
    desiredCount: service.desiredCount,
    ...countTasks(tasks),
    deployments: service.deployments.map((deployment) => deploymentView(service, deployment, tasks)),
    events: service.events.map(({ id, createdAt, message }) => ({ id, message, ...inSeconds({ createdAt }) })),
    currentServiceDeployment: service.serviceDeployments[0]?.arn,
    ...inSeconds({ createdAt: service.createdAt }),
    tags: include.includes('TAGS') ? tagList(service.tags) : undefined,
  };
}

function deploymentView(service: Service, deployment: Deployment, tasks: Task[]): JsonObject {
  const own = tasks.filter((task) => task.deployment === deployment);
  return {
    ...select(deployment.revision.settings, (name) => SHOWN_BY_DEPLOYMENT.includes(name)),
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.revision.taskDefinition.arn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : own.filter(isAlive).length,
    ...countTasks(own),
    failedTasks: deployment.failedTasks,
    ...inSeconds(deployment.times),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

/** Running and pending tasks among those that are wanted; what is on its way out is neither. */
function countTasks(tasks: Task[]): { runningCount: number; pendingCount: number } {
  const alive = tasks.filter(isAlive);
  const running = alive.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return { runningCount: running, pendingCount: alive.length - running };
}
