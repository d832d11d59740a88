import type { JsonObject } from '../aws/contract';
import { flag, integer, object, objects, text, texts } from '../aws/input';
import type { ContainerRequest } from '../aws/tasks/runtime';

const MIB = 1024 * 1024;
const LOOPBACK = '127.0.0.1';

/** Whether the task is on the machine's own network. `bridge`, `awsvpc` and no mode at all are Docker's bridge here. */
export function isOnHostNetwork({ taskDefinition }: ContainerRequest): boolean {
  return text(taskDefinition, 'networkMode') === 'host';
}

/**
 * What Docker is asked to create for a container of a task definition, https://docs.docker.com/reference/api/engine/.
 * Ports are published on 127.0.0.1 only.
 */
export function containerSpec(request: ContainerRequest, labels: Record<string, string>): JsonObject {
  const { definition } = request;
  const ports = isOnHostNetwork(request) ? [] : publishedPorts(request);
  return {
    Image: request.image,
    Entrypoint: texts(definition, 'entryPoint'),
    Cmd: texts(definition, 'command'),
    WorkingDir: text(definition, 'workingDirectory'),
    User: text(definition, 'user'),
    Env: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
    Labels: labels,
    // ECS runs the task definition's health check and none of the image's own.
    Healthcheck: { Test: ['NONE'] },
    ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
    HostConfig: {
      NetworkMode: isOnHostNetwork(request) ? 'host' : 'bridge',
      PortBindings: Object.fromEntries(ports),
      ...memoryLimits(request),
      CpuShares: integer(definition, 'cpu'),
      ReadonlyRootfs: flag(definition, 'readonlyRootFilesystem'),
      Init: flag(object(definition, 'linuxParameters') ?? {}, 'initProcessEnabled'),
      Ulimits: objects(definition, 'ulimits').map((limit) => ({
        Name: text(limit, 'name'),
        Soft: integer(limit, 'softLimit'),
        Hard: integer(limit, 'hardLimit'),
      })),
      // For `docker logs`; the lines that CloudWatch Logs gets are taken from the program itself.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
    },
  };
}

/**
 * Each container port and where it is published: the `hostPort` that the definition names, else a free one (`0`). With
 * `awsvpc` a host port is a port of the task's own network interface, the same for every task, and says nothing here.
 */
function publishedPorts({ definition, taskDefinition }: ContainerRequest): [string, JsonObject[]][] {
  const ownInterface = text(taskDefinition, 'networkMode') === 'awsvpc';
  return objects(definition, 'portMappings').map((mapping) => {
    const hostPort = ownInterface ? 0 : (integer(mapping, 'hostPort') ?? 0);
    return [`${integer(mapping, 'containerPort') ?? 0}/tcp`, [{ HostIp: LOOPBACK, HostPort: String(hostPort) }]];
  });
}

/** The container's own limit, else its task's. Without swap, since a limit that swaps does not bite. */
function memoryLimits({ definition, taskDefinition }: ContainerRequest): JsonObject {
  const limit = integer(definition, 'memory') ?? taskMemory(taskDefinition);
  const reserved = integer(definition, 'memoryReservation');
  return {
    ...(limit !== undefined && { Memory: limit * MIB, MemorySwap: limit * MIB }),
    ...(reserved !== undefined && { MemoryReservation: reserved * MIB }),
  };
}

/** MiB of a task: a string such as `512`, `1GB` or `.5 gb`. */
function taskMemory(taskDefinition: JsonObject): number | undefined {
  const [, amount, unit] = /^([\d.]+)\s*(gb)?$/i.exec(text(taskDefinition, 'memory') ?? '') ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (unit === undefined ? 1 : 1024));
}
