import type { Json, JsonObject } from '../../aws/contract';
import type { Context } from '../conditions';
import type { Demand } from '../evaluate';
import { arnIn, demand, objectsAt, textAt, textsAt } from './place';
import type { Demands, Place } from './place';

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html

/** What ECS's actions demand, by their names. */
export const ECS: Readonly<Record<string, Demands>> = {
  CreateCluster: everywhere('CreateCluster'),
  DescribeClusters: (request, place) => {
    const named = textsAt(request, 'clusters');
    const names = named.length > 0 ? named : ['default'];
    return names.map((name) => demand('ecs:DescribeClusters', arnIn(place, 'ecs', `cluster/${lastSegment(name)}`)));
  },
  RegisterTaskDefinition: registerTaskDefinition,
  DescribeTaskDefinition: everywhere('DescribeTaskDefinition'),
  DeregisterTaskDefinition: everywhere('DeregisterTaskDefinition'),
  ListTaskDefinitions: everywhere('ListTaskDefinitions'),
  CreateService: (request, place) => changeService('CreateService', textAt(request, 'serviceName'), request, place),
  UpdateService: (request, place) => changeService('UpdateService', textAt(request, 'service'), request, place),
  DescribeServices: (request, place) =>
    textsAt(request, 'services').map((name) => onService('DescribeServices', name, request, place)),
  ListServiceDeployments: (request, place) => [
    onService('ListServiceDeployments', textAt(request, 'service'), request, place),
  ],
  DescribeServiceDeployments: (request, place) =>
    textsAt(request, 'serviceDeploymentArns').flatMap((arn) => ofService('DescribeServiceDeployments', arn, place)),
  StopServiceDeployment: (request, place) =>
    ofService('StopServiceDeployment', textAt(request, 'serviceDeploymentArn'), place),
  DescribeServiceRevisions: (request, place) =>
    textsAt(request, 'serviceRevisionArns').flatMap((arn) => ofService('DescribeServiceRevisions', arn, place)),
  // Its only resource type is the container instance; without one it is asked for as `*`, within a cluster.
  ListTasks: (request, place) => [demand('ecs:ListTasks', '*', inCluster(request, place))],
  DescribeTasks: (request, place) =>
    textsAt(request, 'tasks').map((task) => onTask('DescribeTasks', task, request, place)),
  StopTask: (request, place) => [onTask('StopTask', textAt(request, 'task'), request, place)],
  TagResource: (request) => [demand('ecs:TagResource', textAt(request, 'resourceArn'), requestTags(request))],
  ListTagsForResource: (request) => [demand('ecs:ListTagsForResource', textAt(request, 'resourceArn'))],
};

function everywhere(action: string): Demands {
  return () => [demand(`ecs:${action}`, '*')];
}

/** Tags on the way in take ecs:TagResource as well; the roles of its tasks take iam:PassRole. */
function registerTaskDefinition(request: JsonObject, place: Place): Demand[] {
  const family = arnIn(place, 'ecs', `task-definition/${textAt(request, 'family')}:*`);
  const tags = requestTags(request);
  const created = { ...tags, 'ecs:createaction': ['RegisterTaskDefinition'] };
  const roles = [textAt(request, 'taskRoleArn'), textAt(request, 'executionRoleArn')].filter((role) => role !== '');
  return [
    demand('ecs:RegisterTaskDefinition', family, tags),
    ...(Object.keys(tags).length > 0 ? [demand('ecs:TagResource', family, created)] : []),
    ...[...new Set(roles)].map((role) => passRole(role, 'ecs-tasks.amazonaws.com', place)),
  ];
}

function changeService(action: string, name: string, request: JsonObject, place: Place): Demand[] {
  const definition = textAt(request, 'taskDefinition');
  const arn = definition.startsWith('arn:') ? definition : arnIn(place, 'ecs', `task-definition/${definition}`);
  const change = onService(action, name, request, place);
  const context: Context = {
    ...change.context,
    ...requestTags(request),
    ...(definition && { 'ecs:task-definition': [arn] }),
  };
  const roles = new Set([textAt(request, 'role'), ...namedRoles(request)].filter((role) => role !== ''));
  return [{ ...change, context }, ...[...roles].map((role) => passRole(role, 'ecs.amazonaws.com', place))];
}

/** The roles that load balancers and volumes of a service name, wherever they stand. */
function namedRoles(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(namedRoles);
  if (typeof value !== 'object' || value === null) return [];
  const { roleArn } = value;
  return [...(typeof roleArn === 'string' ? [roleArn] : []), ...Object.values(value).flatMap(namedRoles)];
}

function passRole(role: string, service: string, { accountId }: Place): Demand {
  const arn = role.startsWith('arn:') ? role : `arn:aws:iam::${accountId}:role/${role}`;
  return demand('iam:PassRole', arn, { 'iam:passedtoservice': [service] });
}

function onService(action: string, nameOrArn: string, request: JsonObject, place: Place): Demand {
  const resource = `service/${clusterName(request)}/${lastSegment(nameOrArn)}`;
  return demand(`ecs:${action}`, arnIn(place, 'ecs', resource), inCluster(request, place));
}

function onTask(action: string, nameOrArn: string, request: JsonObject, place: Place): Demand {
  const resource = `task/${clusterName(request)}/${lastSegment(nameOrArn)}`;
  return demand(`ecs:${action}`, arnIn(place, 'ecs', resource), inCluster(request, place));
}

/** The ARN of a service deployment or revision demands the permission for itself and for its service. */
function ofService(action: string, arn: string, place: Place): Demand[] {
  const [, cluster = '', service = ''] = arn.split('/');
  const serviceArn = arnIn(place, 'ecs', `service/${cluster}/${service}`);
  const context = { 'ecs:cluster': [arnIn(place, 'ecs', `cluster/${cluster}`)] };
  return [
    demand(`ecs:${action}`, serviceArn, context),
    demand(`ecs:${action}`, arn, { ...context, 'ecs:service': [serviceArn] }),
  ];
}

function requestTags(request: JsonObject): Context {
  const tags = objectsAt(request, 'tags').map((tag) => [textAt(tag, 'key'), textAt(tag, 'value')] as const);
  if (tags.length === 0) return {};
  const each = tags.map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]]);
  return { ...Object.fromEntries(each), 'aws:tagkeys': tags.map(([key]) => key) } as Context;
}

function inCluster(request: JsonObject, place: Place): Context {
  return { 'ecs:cluster': [arnIn(place, 'ecs', `cluster/${clusterName(request)}`)] };
}

function clusterName(request: JsonObject): string {
  return lastSegment(textAt(request, 'cluster')) || 'default';
}

function lastSegment(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}
