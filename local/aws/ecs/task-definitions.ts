import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { integer, object, objects, requiredText, text, texts } from '../input';
import { inSeconds, page } from './answers';
import { readTags, tagList } from './clusters';
import type { TaskDefinition } from './records';
import { ecsArn, lastSegment } from './world';
import type { World } from './world';

/** RegisterTaskDefinition, DescribeTaskDefinition, DeregisterTaskDefinition, ListTaskDefinitions. */
export function taskDefinitionActions(world: World): Record<string, Action> {
  const named = (input: JsonObject): TaskDefinition => {
    const definition = findTaskDefinition(world, requiredText(input, 'taskDefinition'));
    if (!definition) throw clientError('Unable to describe task definition.');
    return definition;
  };
  return {
    RegisterTaskDefinition: (input, call) => {
      const containers = readContainers(input);
      const { tags: _tags, ...sent } = input;
      const family = text(input, 'family') ?? '';
      if (!/^[a-zA-Z0-9_-]{1,255}$/.test(family)) throw clientError(`Family '${family}' is not a valid name.`);
      const revisions = world.families.get(family) ?? [];
      const revision = revisions.length + 1;
      const arn = ecsArn(world, `task-definition/${family}:${revision}`);
      const ours: JsonObject = {
        containerDefinitions: containers,
        taskDefinitionArn: arn,
        revision,
        requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
        compatibilities: [...new Set(['EC2', ...(texts(input, 'requiresCompatibilities') ?? [])])],
        registeredBy: `arn:aws:iam::${world.accountId}:user/${call.accessKeyId ?? 'anonymous'}`,
        registeredAt: Date.now() / 1000,
      };
      const body = { volumes: [], placementConstraints: [], ...sent, ...ours };
      const definition: TaskDefinition = { arn, revision, status: 'ACTIVE', body, containers, tags: readTags(input) };
      world.families.set(family, [...revisions, definition]);
      return { taskDefinition: view(definition), tags: tagList(definition.tags) };
    },
    DescribeTaskDefinition: (input) => {
      const definition = named(input);
      const tags = texts(input, 'include')?.includes('TAGS') ? tagList(definition.tags) : undefined;
      return { taskDefinition: view(definition), tags };
    },
    DeregisterTaskDefinition: (input) => {
      const definition = named(input);
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
  };
}

/** The ACTIVE task definition to run, or ClientException. */
export function runnableTaskDefinition(world: World, name: string): TaskDefinition {
  const definition = findTaskDefinition(world, name);
  if (!definition) throw clientError('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive.');
  return definition;
}

/** Finds by ARN, `family:revision` (INACTIVE ones too) or family (its latest ACTIVE revision). */
function findTaskDefinition(world: World, name: string): TaskDefinition | undefined {
  const [family = '', revision] = lastSegment(name).split(':');
  const revisions = world.families.get(family) ?? [];
  return revision === undefined
    ? revisions.findLast(({ status }) => status === 'ACTIVE')
    : revisions.find((definition) => String(definition.revision) === revision);
}

/** The containers with AWS's defaults; ClientException where something is missing that they cannot run without. */
function readContainers(input: JsonObject): JsonObject[] {
  const containers = objects(input, 'containerDefinitions');
  const names = new Set(containers.map((container) => text(container, 'name')));
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  if (names.size < containers.length) throw clientError('A container name is used more than once.');
  return containers.map((container) => {
    if (!text(container, 'name') || !text(container, 'image'))
      throw clientError('Container.name and Container.image should not be null or empty.');
    // Read later, by the scheduler, where nobody could be told of a wrong type.
    object(container, 'healthCheck');
    integer(container, 'stopTimeout');
    const portMappings = objects(container, 'portMappings').map((port) => ({ hostPort: 0, protocol: 'tcp', ...port }));
    const empty = { cpu: 0, essential: true, environment: [], mountPoints: [], volumesFrom: [], systemControls: [] };
    return { ...empty, ...container, portMappings };
  });
}

function view({ body, status, deregisteredAt }: TaskDefinition): JsonObject {
  return { ...body, status, ...inSeconds({ deregisteredAt }) };
}

/** A ClientException, ECS's answer to bad task definitions. */
function clientError(message: string): AwsError {
  return new AwsError('ClientException', message);
}
