import { integer, object, objects, text } from '../input';
import { CannotStart } from '../tasks/runtime';
import type { ContainerRequest } from '../tasks/runtime';
import type { Container, Task } from './records';
import { pinnedReference } from './world';
import type { World } from './world';

/** A start that failed for a cause of AWS's table; the message is the task's `stoppedReason`. */
export class StartFailure extends Error {}

/** Resolves every image to a digest (a revision does so once, for all its tasks) and makes it ready to run. */
export async function pullImages(world: World, { containers, revision }: Task): Promise<void> {
  for (const container of containers) {
    const { name, definition } = container;
    const [secret] = objects(definition, 'secrets');
    if (secret) {
      const failure = `unable to retrieve secret ${text(secret, 'valueFrom') ?? ''}: this local AWS keeps no secrets`;
      throw new StartFailure(`ResourceInitializationError: ${failure}`);
    }
    const reference = text(definition, 'image') ?? '';
    const image = revision.images.get(name) ?? (await world.images.resolve(reference));
    if (!image) {
      const failure = `pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: not found`;
      throw new StartFailure(`CannotPullContainerError: ${failure}`);
    }
    revision.images.set(name, image);
    container.imageDigest = image.digest;
    await world.runtime.pull(pinnedReference(reference, image.digest)).catch((error: unknown) => {
      throw new StartFailure(`CannotPullContainerError: ${messageOf(error)}`);
    });
  }
}

/** Starts a container whose image was pulled. */
export async function startContainer(world: World, task: Task, container: Container): Promise<void> {
  container.running = await world.runtime.start(containerRequest(world, task, container)).catch((error: unknown) => {
    if (!(error instanceof CannotStart)) throw error;
    container.reason = `CannotStartContainerError: ${error.message}`;
    throw new StartFailure(container.reason);
  });
  container.lastStatus = 'RUNNING';
}

function containerRequest(world: World, task: Task, container: Container): ContainerRequest {
  const { definition, name } = container;
  const image = task.revision.images.get(name);
  if (!image) throw new Error(`The image of container ${name} was not pulled.`);
  const variables = objects(definition, 'environment');
  return {
    taskId: task.id,
    image: pinnedReference(text(definition, 'image') ?? '', image.digest),
    imageConfig: object(image.config, 'config') ?? {},
    definition,
    taskDefinition: task.revision.taskDefinition.body,
    environment: Object.fromEntries(variables.map((pair) => [text(pair, 'name') ?? '', text(pair, 'value') ?? ''])),
    containerPorts: objects(definition, 'portMappings').flatMap((port) => integer(port, 'containerPort') ?? []),
    onLine: logLine(world, task, container),
  };
}

/** Where the awslogs driver writes: stream `prefix/container/task`. Another driver, or none, keeps nothing. */
function logLine(world: World, task: Task, { definition, name }: Container): (line: string) => void {
  const configuration = object(definition, 'logConfiguration') ?? {};
  const options = object(configuration, 'options') ?? {};
  const group = text(options, 'awslogs-group');
  if (text(configuration, 'logDriver') !== 'awslogs' || group === undefined) return () => undefined;
  const stream = [text(options, 'awslogs-stream-prefix'), name, task.id].filter(Boolean).join('/');
  return (line) => world.logs.append(group, stream, line, Date.now());
}

/** By its shape: errors of Node's core are of another realm in Jest, where `instanceof Error` says no. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
