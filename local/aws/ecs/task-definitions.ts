import type { Action, JsonObject } from '../contract';
import { inSeconds, lastSegment } from './identifiers';
import { clientError, invalid, requiredText, text, texts } from './input';
import { page } from './paging';
import type { TaskDefinition } from './records';
import { readTags, tagList } from './tags';
import { checkTaskDefinition } from './task-definition-rules';
import { ecsArn } from './world';
import type { World } from './world';

/** RegisterTaskDefinition, DescribeTaskDefinition, DeregisterTaskDefinition, ListTaskDefinitions, ListTaskDefinitionFamilies. */
export function taskDefinitionActions(world: World): Record<string, Action> {
  return {
    RegisterTaskDefinition: (input, call) => {
      const containers = checkTaskDefinition(input);
      const { tags: _tags, ...body } = input;
      const family = requiredText(input, 'family');
      const revisions = world.families.get(family) ?? [];
      const revision = revisions.length + 1;
      const definition: TaskDefinition = {
        arn: ecsArn(world, `task-definition/${family}:${revision}`),
        family,
        revision,
        status: 'ACTIVE',
        body: { volumes: [], placementConstraints: [], ...body, containerDefinitions: containers },
        containers,
        registeredAt: Date.now(),
        registeredBy: `arn:aws:iam::${world.accountId}:user/${call.accessKeyId ?? 'anonymous'}`,
        tags: readTags(input),
      };
      world.families.set(family, [...revisions, definition]);
      return { taskDefinition: view(definition), tags: tagList(definition.tags) };
    },
    DescribeTaskDefinition: (input) => {
      const definition = findTaskDefinition(world, requiredText(input, 'taskDefinition'));
      if (!definition) throw clientError('Unable to describe task definition.');
      const tags = texts(input, 'include')?.includes('TAGS') ? tagList(definition.tags) : undefined;
      return { taskDefinition: view(definition), tags };
    },
    DeregisterTaskDefinition: (input) => {
      const name = requiredText(input, 'taskDefinition');
      const definition = name.includes(':') ? findTaskDefinition(world, name) : undefined;
      if (!definition)
        throw clientError('The specified task definition does not exist. Specify family:revision or an ARN.');
      definition.status = 'INACTIVE';
      definition.deregisteredAt ??= Date.now();
      return { taskDefinition: view(definition) };
    },
    ListTaskDefinitions: (input) => {
      const prefix = text(input, 'familyPrefix');
      const status = text(input, 'status') ?? 'ACTIVE';
      const sorted = [...world.families.keys()]
        .filter((family) => prefix === undefined || family === prefix)
        .sort()
        .flatMap((family) => world.families.get(family) ?? [])
        .filter((definition) => definition.status === status);
      if (text(input, 'sort') === 'DESC') sorted.reverse();
      const { items, nextToken } = page(sorted, input);
      return { taskDefinitionArns: items.map(({ arn }) => arn), nextToken };
    },
    ListTaskDefinitionFamilies: (input) => {
      const prefix = text(input, 'familyPrefix') ?? '';
      const status = text(input, 'status') ?? 'ACTIVE';
      const families = [...world.families]
        .filter(([family, revisions]) => {
          const active = revisions.some((definition) => definition.status === 'ACTIVE');
          return family.startsWith(prefix) && (status === 'ALL' || active === (status === 'ACTIVE'));
        })
        .map(([family]) => family)
        .sort();
      const { items, nextToken } = page(families, input);
      return { families: items, nextToken };
    },
  };
}

/** Finds by ARN, `family:revision` (INACTIVE ones too) or family (its latest ACTIVE revision). */
export function findTaskDefinition(world: World, name: string): TaskDefinition | undefined {
  const [family = '', revision] = lastSegment(name).split(':');
  const revisions = world.families.get(family) ?? [];
  return revision === undefined
    ? revisions.findLast(({ status }) => status === 'ACTIVE')
    : revisions.find((definition) => String(definition.revision) === revision);
}

/** The ACTIVE task definition to run, or ClientException. */
export function runnableTaskDefinition(world: World, name: string): TaskDefinition {
  const definition = findTaskDefinition(world, name);
  if (!definition) throw clientError('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive.');
  return definition;
}

/** The definition's container, or InvalidParameterException. */
export function containerNamed(definition: TaskDefinition, name: string): JsonObject {
  const container = definition.containers.find((candidate) => candidate['name'] === name);
  if (!container) throw invalid(`The container ${name} does not exist in the task definition.`);
  return container;
}

function view(definition: TaskDefinition): JsonObject {
  const compatible = texts(definition.body, 'requiresCompatibilities') ?? [];
  return {
    ...definition.body,
    taskDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.status,
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    compatibilities: [...new Set(['EC2', ...compatible])],
    registeredBy: definition.registeredBy,
    ...inSeconds({ registeredAt: definition.registeredAt, deregisteredAt: definition.deregisteredAt }),
  };
}
