import type { JsonObject } from '../contract';
import { clientError, flag, integer, object, objects, text } from './input';

const NAME = /^[a-zA-Z0-9_-]{1,255}$/;

/** Checks what RegisterTaskDefinition was sent and answers its containers with AWS's defaults; ClientException for bad ones. */
export function checkTaskDefinition(input: JsonObject): JsonObject[] {
  if (!NAME.test(text(input, 'family') ?? ''))
    throw clientError('Family should not be null or empty, and holds only letters, digits, - and _.');
  const containers = objects(input, 'containerDefinitions') ?? [];
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  const names = new Set<string>();
  for (const container of containers) {
    const name = checkContainer(container, input);
    if (names.has(name))
      throw clientError(`Invalid container definitions: the container name '${name}' is used more than once.`);
    names.add(name);
  }
  if (containers.every((container) => flag(container, 'essential') === false)) {
    throw clientError('Invalid setting for container definitions. At least one container must be essential.');
  }
  return containers.map(withDefaults);
}

function checkContainer(container: JsonObject, input: JsonObject): string {
  const name = text(container, 'name') ?? '';
  if (name === '') throw clientError('Container.name should not be null or empty.');
  if (!NAME.test(name)) throw clientError(`Container name '${name}' contains invalid characters.`);
  if (!text(container, 'image')) throw clientError('Container.image should not be null or empty.');
  if (!input['memory'] && !container['memory'] && !container['memoryReservation']) {
    throw clientError(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  // Read later, by the scheduler, where nobody could be told of a wrong type.
  object(container, 'healthCheck');
  integer(container, 'stopTimeout');
  return name;
}

function withDefaults(container: JsonObject): JsonObject {
  const ports = (objects(container, 'portMappings') ?? []).map((port) => ({ hostPort: 0, protocol: 'tcp', ...port }));
  const empty = { cpu: 0, essential: true, environment: [], mountPoints: [], volumesFrom: [], systemControls: [] };
  return { ...empty, ...container, portMappings: ports };
}
