import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { flag, integer, invalid, object, objects, requiredText, text, texts } from '../input';
import { describeEach } from './answers';
import type { Service, TaskDefinition } from './records';
import { beginDeployment, primaryOf } from './rollout';
import { rolloutRules } from './rollout-rules';
import type { Scheduler } from './scheduler';
import { serviceView } from './service-view';
import { readTags } from './tags';
import { runnableTaskDefinition } from './task-definitions';
import { clusterOf, ecsArn, findService, lastSegment, serviceOf } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 10;
const CONFIGURATION = 'deploymentConfiguration';

/** Members of a service that belong to its revision: another value for one of them begins a deployment. */
const REVISION_MEMBERS = new Set([
  'loadBalancers',
  'serviceRegistries',
  'networkConfiguration',
  'platformVersion',
  'capacityProviderStrategy',
  'serviceConnectConfiguration',
  'volumeConfigurations',
]);

/** Members of requests that the engine keeps in places of its own; all others are kept verbatim, as settings. */
const OWN_MEMBERS = new Set([
  'cluster',
  'service',
  'serviceName',
  'taskDefinition',
  'desiredCount',
  'clientToken',
  'tags',
  'forceNewDeployment',
]);

const DEFAULTS: JsonObject = {
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  deploymentController: { type: 'ECS' },
  deploymentConfiguration: {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: 200,
    minimumHealthyPercent: 100,
  },
  propagateTags: 'NONE',
  enableECSManagedTags: false,
  enableExecuteCommand: false,
};

/** CreateService, UpdateService, DescribeServices. */
export function serviceActions(world: World, scheduler: Scheduler): Record<string, Action> {
  return {
    CreateService: (input) => {
      const cluster = clusterOf(world, input);
      const name = requiredText(input, 'serviceName');
      const clientToken = text(input, 'clientToken');
      const existing = findService(world, cluster, name);
      if (existing && (clientToken === undefined || existing.clientToken !== clientToken))
        throw invalid('Creation of service was not idempotent.');
      if (existing) return { service: serviceView(world, existing, ['TAGS']) };
      const definition = runnableTaskDefinition(world, requiredText(input, 'taskDefinition'));
      checkSettings(input);
      checkLoadBalancers(world, input, definition);
      const service: Service = {
        name,
        arn: ecsArn(world, `service/${cluster.name}/${name}`),
        cluster,
        desiredCount: desiredCount(input) ?? 1,
        settings: mergeSettings(DEFAULTS, input),
        clientToken,
        deployments: [],
        serviceDeployments: [],
        events: [],
        steady: false,
        createdAt: Date.now(),
        tags: readTags(input),
      };
      world.services.set(service.arn, service);
      beginDeployment(world, service, definition, revisionMembers(input));
      scheduler.poke(service);
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
      service.desiredCount = desiredCount(input) ?? service.desiredCount;
      service.settings = mergeSettings(service.settings, input);
      const changed = definition !== revision.taskDefinition || !isDeepStrictEqual(members, revision.settings);
      if (changed || flag(input, 'forceNewDeployment')) beginDeployment(world, service, definition, members);
      scheduler.poke(service);
      return { service: serviceView(world, service, ['TAGS']) };
    },
    DescribeServices: (input) => {
      const cluster = clusterOf(world, input);
      const include = texts(input, 'include') ?? [];
      const { found, failures } = describeEach(input, 'services', MOST_DESCRIBED, {
        find: (name) => findService(world, cluster, name),
        arn: (name) => ecsArn(world, `service/${cluster.name}/${lastSegment(name)}`),
        view: (service) => serviceView(world, service, include),
      });
      return { services: found, failures };
    },
  };
}

function desiredCount(input: JsonObject): number | undefined {
  const count = integer(input, 'desiredCount');
  if (count !== undefined && count < 0) throw invalid('desiredCount must not be negative.');
  return count;
}

/** The settings so far under those of the request; a deployment configuration is merged member by member. */
function mergeSettings(settings: JsonObject, input: JsonObject): JsonObject {
  const sent = select(input, (name) => !OWN_MEMBERS.has(name) && !REVISION_MEMBERS.has(name));
  const configuration = { ...object(settings, CONFIGURATION), ...object(input, CONFIGURATION) };
  return { ...settings, ...sent, [CONFIGURATION]: configuration };
}

function revisionMembers(input: JsonObject): JsonObject {
  return select(input, (name) => REVISION_MEMBERS.has(name) && input[name] !== null);
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
