import type { ResolvedImage } from '../contract';
import type { ContainerRequest } from '../tasks/runtime';
import { pinnedReference } from './image-reference';
import { integer, object, objects, text, texts } from './input';
import type { Container, Task } from './records';
import type { World } from './world';

/** What the runtime needs to start this container: the definition under the task's own overrides. */
export function containerRequest(
  world: World,
  task: Task,
  container: Container,
  images: Map<string, ResolvedImage>,
): ContainerRequest {
  const { definition, name } = container;
  const image = images.get(name);
  if (!image) throw new Error(`The image of container ${name} was not pulled.`);
  const override = objects(task.overrides, 'containerOverrides')?.find((candidate) => candidate['name'] === name) ?? {};
  const variables = [...(objects(definition, 'environment') ?? []), ...(objects(override, 'environment') ?? [])];
  return {
    taskId: task.id,
    image: pinnedReference(text(definition, 'image') ?? '', image.digest),
    imageConfig: object(image.config, 'config') ?? {},
    entryPoint: texts(definition, 'entryPoint'),
    command: texts(override, 'command') ?? texts(definition, 'command'),
    workingDirectory: text(definition, 'workingDirectory'),
    environment: Object.fromEntries(variables.map((pair) => [text(pair, 'name') ?? '', text(pair, 'value') ?? ''])),
    containerPorts: (objects(definition, 'portMappings') ?? []).flatMap((port) => integer(port, 'containerPort') ?? []),
    onLine: logLine(world, task, container),
  };
}

/** Where the awslogs driver writes: stream `prefix/container/task`. Another driver, or none, keeps nothing. */
function logLine(world: World, task: Task, container: Container): (line: string) => void {
  const configuration = object(container.definition, 'logConfiguration') ?? {};
  const options = object(configuration, 'options') ?? {};
  const group = text(options, 'awslogs-group');
  if (text(configuration, 'logDriver') !== 'awslogs' || group === undefined) return () => undefined;
  const stream = [text(options, 'awslogs-stream-prefix'), container.name, task.id].filter(Boolean).join('/');
  return (line) => world.logs.append(group, stream, line, Date.now());
}
