import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { addEvent } from './events';
import { lastSegment } from './identifiers';
import { flag, integer, invalid, object, objects, requiredText, text, texts } from './input';
import { describeEach, page } from './paging';
import type { Service, TaskDefinition } from './records';
import { beginDeployment, finish, isInFlight } from './rollout';
import { rolloutRules } from './rollout-rules';
import type { Scheduler } from './scheduler';
import { serviceView } from './service-view';
import { readTags } from './tags';
import { containerNamed, runnableTaskDefinition } from './task-definitions';
import { clusterOf, ecsArn, findService, serviceOf } from './world';
import type { World } from './world';

const MOST_SERVICES_DESCRIBED = 10;
const USUAL_LIST_PAGE = 10;

/** Members of a service that belong to its revision: another value for one of them begins a deployment. */
const REVISION_MEMBERS = [
  'loadBalancers',
  'serviceRegistries',
  'networkConfiguration',
  'platformVersion',
  'capacityProviderStrategy',
  'serviceConnectConfiguration',
  'volumeConfigurations',
];

/** Members of requests that the engine keeps in places of its own; all others are kept verbatim. */
const NOT_SETTINGS = new Set([
  ...[
    'cluster',
    'service',
    'serviceName',
    'taskDefinition',
    'desiredCount',
    'clientToken',
    'tags',
    'forceNewDeployment',
  ],
  ...REVISION_MEMBERS,
]);

const SERVICE_DEFAULTS: JsonObject = {
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  deploymentController: { type: 'ECS' },
  propagateTags: 'NONE',
  enableECSManagedTags: false,
  enableExecuteCommand: false,
};

const DEPLOYMENT_DEFAULTS: JsonObject = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
};

/** CreateService, UpdateService, DescribeServices, ListServices, DeleteService. */
export function serviceActions(world: World, scheduler: Scheduler): Record<string, Action> {
  return {
    CreateService: (input) => {
      const cluster = clusterOf(world, input);
      const name = requiredText(input, 'serviceName');
      const existing = findService(world, cluster, name);
      if (existing?.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
      if (existing?.status === 'ACTIVE') {
        const repeated = existing.clientToken !== undefined && existing.clientToken === text(input, 'clientToken');
        if (repeated) return { service: serviceView(world, existing, ['TAGS']) };
        throw invalid('Creation of service was not idempotent.');
      }
      const definition = runnableTaskDefinition(world, requiredText(input, 'taskDefinition'));
      checkSettings(input);
      checkLoadBalancers(world, input, definition);
      const service: Service = {
        name,
        arn: ecsArn(world, `service/${cluster.name}/${name}`),
        cluster,
        status: 'ACTIVE',
        desiredCount: desiredCount(input) ?? 1,
        settings: mergeSettings(SERVICE_DEFAULTS, input, DEPLOYMENT_DEFAULTS),
        clientToken: text(input, 'clientToken'),
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
      if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
      const [primary] = service.deployments;
      if (!primary) throw new AwsError('ServerException', 'The service has no deployment.', 500);
      const named = text(input, 'taskDefinition');
      const definition = named === undefined ? primary.revision.taskDefinition : runnableTaskDefinition(world, named);
      const members = { ...primary.revision.settings, ...revisionMembers(input) };
      checkSettings(input);
      checkLoadBalancers(world, members, definition);
      service.settings = mergeSettings(
        service.settings,
        input,
        object(service.settings, 'deploymentConfiguration') ?? {},
      );
      service.desiredCount = desiredCount(input) ?? service.desiredCount;
      const changed =
        definition !== primary.revision.taskDefinition || !isDeepStrictEqual(members, primary.revision.settings);
      if (changed || flag(input, 'forceNewDeployment')) beginDeployment(world, service, definition, members);
      scheduler.poke(service);
      return { service: serviceView(world, service, ['TAGS']) };
    },
    DescribeServices: (input) => {
      const cluster = clusterOf(world, input);
      const include = texts(input, 'include') ?? [];
      const { found, failures } = describeEach(input, 'services', MOST_SERVICES_DESCRIBED, {
        find: (name) => findService(world, cluster, name),
        arn: (name) => ecsArn(world, `service/${cluster.name}/${lastSegment(name)}`),
        view: (service) => serviceView(world, service, include),
      });
      return { services: found, failures };
    },
    ListServices: (input) => {
      const cluster = clusterOf(world, input);
      const launchType = text(input, 'launchType');
      const services = [...world.services.values()].filter(
        (service) =>
          service.cluster === cluster &&
          service.status !== 'INACTIVE' &&
          (launchType === undefined || service.settings['launchType'] === launchType),
      );
      const { items, nextToken } = page(services, input, USUAL_LIST_PAGE);
      return { serviceArns: items.map(({ arn }) => arn), nextToken };
    },
    DeleteService: (input) => {
      const service = serviceOf(world, clusterOf(world, input), requiredText(input, 'service'));
      if (service.desiredCount > 0 && !flag(input, 'force')) {
        throw invalid('The service cannot be stopped while it is scaled above 0.');
      }
      service.status = 'DRAINING';
      service.desiredCount = 0;
      const deployment = service.serviceDeployments.find(isInFlight);
      if (deployment) finish(deployment, 'STOPPED', 'The service was deleted.');
      addEvent(service, 'is draining: it was deleted.');
      scheduler.poke(service);
      return { service: serviceView(world, service) };
    },
  };
}

function desiredCount(input: JsonObject): number | undefined {
  const count = integer(input, 'desiredCount');
  if (count !== undefined && count < 0) throw invalid('desiredCount must not be negative.');
  return count;
}

/** The settings so far under those of the request; a deployment configuration is merged member by member. */
function mergeSettings(settings: JsonObject, input: JsonObject, deploymentConfiguration: JsonObject): JsonObject {
  const sent = Object.fromEntries(Object.entries(input).filter(([name]) => !NOT_SETTINGS.has(name)));
  const configuration = { ...deploymentConfiguration, ...object(input, 'deploymentConfiguration') };
  return { ...settings, ...sent, deploymentConfiguration: configuration };
}

function revisionMembers(input: JsonObject): JsonObject {
  return Object.fromEntries(
    REVISION_MEMBERS.flatMap((name) =>
      input[name] === undefined || input[name] === null ? [] : [[name, input[name]]],
    ),
  );
}

/** Types that the scheduler relies on later, and what this ECS does not do. */
function checkSettings(input: JsonObject): void {
  rolloutRules(object(input, 'deploymentConfiguration') ?? {}, 1);
  integer(input, 'healthCheckGracePeriodSeconds');
  const controller = text(object(input, 'deploymentController') ?? {}, 'type') ?? 'ECS';
  const strategy = text(object(input, 'deploymentConfiguration') ?? {}, 'strategy') ?? 'ROLLING';
  const scheduling = text(input, 'schedulingStrategy') ?? 'REPLICA';
  if (controller !== 'ECS' || strategy !== 'ROLLING' || scheduling !== 'REPLICA') {
    throw new AwsError(
      'UnsupportedFeatureException',
      `This local AWS does rolling deployments of REPLICA services only, not ${controller}, ${strategy}, ${scheduling}.`,
    );
  }
}

function checkLoadBalancers(world: World, input: JsonObject, definition: TaskDefinition): void {
  for (const balancer of objects(input, 'loadBalancers') ?? []) {
    const arn = requiredText(balancer, 'targetGroupArn');
    if (!world.targetGroups.has(arn)) throw invalid(`The target group ${arn} does not exist.`);
    const name = requiredText(balancer, 'containerName');
    const ports = objects(containerNamed(definition, name), 'portMappings') ?? [];
    const port = integer(balancer, 'containerPort');
    if (!ports.some((mapping) => mapping['containerPort'] === port)) {
      throw invalid(`The container ${name} did not have a container port ${port ?? ''} defined.`);
    }
  }
}
