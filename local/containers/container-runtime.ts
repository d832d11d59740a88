import type { JsonObject } from '../aws/contract';
import { requiredText, text } from '../aws/input';
import { freePort } from '../aws/tasks/process-runtime';
import { CannotStart } from '../aws/tasks/runtime';
import type { ContainerRequest, TaskRuntime } from '../aws/tasks/runtime';
import { containerSpec, isOnHostNetwork } from './container-spec';
import { EngineError, openEngine } from './engine';
import type { Engine } from './engine';
import { createImages, daemonSays } from './images';
import { IMAGE_LABEL, LABEL, nameInstance } from './instance';
import { startReaper } from './start-reaper';
import { startContainer } from './running-container';

/** The Docker daemon that tasks shall run in. Rejects with an Error of one sentence when none can be had there. */
export async function reachDocker(dockerHost: string | undefined): Promise<Engine> {
  const engine = openEngine(dockerHost);
  const system = text((await engine.call('GET', '/info')) as JsonObject, 'OSType') ?? 'an unknown system';
  if (system === 'linux') return engine;
  throw new Error(`The Docker daemon at ${engine.socketPath} runs containers of ${system}, not of Linux.`);
}

/**
 * Runs a task's containers in a Docker daemon of this machine. `password` answers an authorization token of the registry
 * that images come from. All that it makes carries the label of this instance; `close`, or the end of this process in
 * any way, removes it, with the images that were pulled for it.
 */
export function createContainerRuntime(options: { engine: Engine; password: () => string }): TaskRuntime {
  const { engine } = options;
  const instance = nameInstance();
  const reaper = startReaper(engine.socketPath, instance);
  const images = createImages(engine, options.password, (image) => reaper.willPull(image));
  const containersOf = new Map<string, string[]>();

  async function create(request: ContainerRequest, again = true): Promise<string> {
    const { image, taskId } = request;
    const labels = { [LABEL]: instance, ...(images.isOurs(image) && { [IMAGE_LABEL]: image }) };
    try {
      const name = `sluice-${taskId}-${requiredText(request.definition, 'name')}`;
      const body = containerSpec(request, labels);
      const created = (await engine.call('POST', '/containers/create', { query: { name }, body })) as JsonObject;
      const id = requiredText(created, 'Id');
      containersOf.set(taskId, [...(containersOf.get(taskId) ?? []), id]);
      return id;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // A builder that has tidied up since the pull took the image with it.
      if (!again || error.status !== 404) throw new CannotStart(daemonSays(error));
      await images.ensure(image);
      return create(request, false);
    }
  }

  return {
    async pull(image) {
      await reaper.ready;
      await images.ensure(image);
    },
    async start(request) {
      if (!isOnHostNetwork(request)) return startContainer(engine, await create(request), request);
      // As for a process: the program learns from its environment where to listen.
      const ports = request.containerPorts.length > 0 ? request.containerPorts : [0];
      const bind = async (containerPort: number) => ({ containerPort, hostPort: await freePort() });
      const bindings = await Promise.all(ports.map(bind));
      const told = { PORT: String(bindings[0]?.hostPort), HOST: '127.0.0.1' };
      const id = await create({ ...request, environment: { ...request.environment, ...told } });
      const running = await startContainer(engine, id, request);
      return { ...running, bindings: bindings.slice(0, request.containerPorts.length) };
    },
    async release(taskId) {
      const ids = containersOf.get(taskId) ?? [];
      containersOf.delete(taskId);
      const query = { force: 'true', v: 'true' };
      // What cannot be removed now is removed in the end.
      await Promise.allSettled(ids.map((id) => engine.call('DELETE', `/containers/${id}`, { query })));
    },
    async close() {
      await reaper.close().finally(() => engine.close());
    },
  };
}
