import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ImageSource, JsonObject } from '../../../../local/aws/contract';
import { createEcs } from '../../../../local/aws/ecs/engine';
import type { Ecs } from '../../../../local/aws/ecs/engine';
import type { EcsTiming } from '../../../../local/aws/ecs/timing';
import { waitFor } from '../../../helpers/wait-for';

const SERVER = (health: number, version: string) => `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/health' ? ${health} : 200;
    response.setHeader('connection', 'close');
    response.end('${version} ' + (process.env.GREETING ?? ''));
  });
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
  server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('${version} listens'));
`;

/** Images by tag: what their `app.mjs` does. */
const PROGRAMS: Record<string, string> = {
  one: SERVER(200, 'one'),
  two: SERVER(200, 'two'),
  three: SERVER(200, 'three'),
  sick: SERVER(500, 'sick'),
  crash: `console.error('no database'); process.exit(3);`,
  stubborn: `process.on('SIGTERM', () => console.log('not yet')); console.log('up'); setInterval(() => {}, 1000);`,
  env: `console.log(JSON.stringify(process.env)); console.log(process.cwd()); setInterval(() => {}, 1000);`,
  family: `import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log('child ' + child.pid); setInterval(() => {}, 1000);`,
};

/** Images as folders that hold one Node script, known as `registry.test/app:TAG`. */
export function scriptImages(directory: string): ImageSource {
  const digestOf = (tag: string) =>
    `sha256:${createHash('sha256')
      .update(PROGRAMS[tag] ?? '')
      .digest('hex')}`;
  const tagOf = (image: string) =>
    Object.keys(PROGRAMS).find((tag) =>
      [`registry.test/app:${tag}`, `registry.test/app@${digestOf(tag)}`].includes(image),
    );
  return {
    resolve: async (image) => {
      const tag = tagOf(image);
      const config = { Entrypoint: ['node', 'app.mjs'], Env: ['FROM_IMAGE=yes'], WorkingDir: '/srv' };
      return tag === undefined ? undefined : { digest: digestOf(tag), config: { config } };
    },
    unpack: async (image) => {
      const tag = tagOf(image);
      if (tag === undefined || !image.includes('@')) throw new Error(`no such pinned image: ${image}`);
      const rootfs = path.join(directory, tag, 'rootfs');
      await mkdir(path.join(rootfs, 'srv'), { recursive: true });
      await mkdir(path.join(rootfs, 'bin'), { recursive: true });
      await writeFile(path.join(rootfs, 'srv', 'app.mjs'), PROGRAMS[tag] ?? '');
      await writeFile(path.join(rootfs, 'bin', 'not-a-program'), 'just text', { mode: 0o755 });
      await writeFile(path.join(rootfs, 'bin', 'say'), '#!/bin/sh\necho from the image\nsleep 60\n', { mode: 0o755 });
      return rootfs;
    },
  };
}

export interface Harness {
  ecs: Ecs;
  stateDir: string;
  logs: { group: string; stream: string; message: string }[];
  call: (action: string, input?: JsonObject) => Promise<JsonObject>;
  /** Registers family `api` with one container of this image; answers its ARN. */
  register: (tag: string, container?: JsonObject) => Promise<string>;
  service: () => Promise<JsonObject>;
  tasks: (desiredStatus: string) => Promise<JsonObject[]>;
  close: () => Promise<void>;
}

/** Tempos for tests: a bad target is found out in half a second, and a grace second is real enough to be seen. */
const TIMING: Partial<EcsTiming> = {
  loadBalancerIntervalMs: 60,
  loadBalancerUnhealthyThreshold: 12,
  healthyAfterMs: 250,
};

export async function startEcs(timing: Partial<EcsTiming> = {}): Promise<Harness> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'local-ecs-'));
  const logs: Harness['logs'] = [];
  const ecs = createEcs({
    accountId: '000000000000',
    region: 'eu-west-1',
    stateDir,
    images: scriptImages(path.join(stateDir, 'images')),
    logs: { append: (group, stream, message) => void logs.push({ group, stream, message }) },
    guard: [process.execPath, path.resolve('bin/guard.mjs')],
    timing: { ...TIMING, ...timing },
  });
  const call: Harness['call'] = async (action, input = {}) => {
    const run = ecs.service.actions[action];
    if (!run) throw new Error(`no action ${action}`);
    // Over JSON, as the front would send it.
    const sent = JSON.parse(JSON.stringify(input)) as JsonObject;
    const answer = await run(sent, { requestId: 'r', accessKeyId: 'ASIATEST', region: 'eu-west-1' });
    return JSON.parse(JSON.stringify(answer)) as JsonObject;
  };
  await call('CreateCluster', { clusterName: 'production' });
  return {
    ecs,
    stateDir,
    logs,
    call,
    register: async (tag, container = {}) => {
      const { taskDefinition } = await call('RegisterTaskDefinition', {
        family: 'api',
        containerDefinitions: [containerOf(tag, container)],
      });
      return (taskDefinition as JsonObject)['taskDefinitionArn'] as string;
    },
    service: async () => {
      const { services } = await call('DescribeServices', {
        cluster: 'production',
        services: ['api'],
        include: ['TAGS'],
      });
      return (services as JsonObject[])[0]!;
    },
    tasks: async (desiredStatus) => {
      const { taskArns } = await call('ListTasks', { cluster: 'production', desiredStatus });
      if ((taskArns as string[]).length === 0) return [];
      const { tasks } = await call('DescribeTasks', { cluster: 'production', tasks: taskArns! });
      return tasks as JsonObject[];
    },
    close: async () => {
      await ecs.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function containerOf(tag: string, more: JsonObject = {}): JsonObject {
  return {
    name: 'app',
    image: `registry.test/app:${tag}`,
    memory: 128,
    portMappings: [{ containerPort: 8080 }],
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': '/ecs/api', 'awslogs-stream-prefix': 'ecs' },
    },
    ...more,
  };
}

/** The deployments of a service, PRIMARY first. */
export function deploymentsOf(service: JsonObject): JsonObject[] {
  return service['deployments'] as JsonObject[];
}

export function rolloutIs(harness: Harness, state: string): Promise<JsonObject> {
  return waitFor(`one deployment that is ${state}`, async () => {
    const service = await harness.service();
    const deployments = deploymentsOf(service);
    return deployments.length === 1 && deployments[0]?.['rolloutState'] === state ? service : undefined;
  });
}

export async function serviceDeployment(harness: Harness, arn: unknown): Promise<JsonObject> {
  const answer = await harness.call('DescribeServiceDeployments', { serviceDeploymentArns: [arn as string] });
  return (answer['serviceDeployments'] as JsonObject[])[0]!;
}

export function deploymentEnds(harness: Harness, arn: unknown, status: string): Promise<JsonObject> {
  return waitFor(`service deployment ${status}`, async () => {
    const deployment = await serviceDeployment(harness, arn);
    return deployment['status'] === status ? deployment : undefined;
  });
}

/** Processes whose environment names this folder, the guards and the children of children among them. */
export async function processesOf(stateDir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(stateDir) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Asks an address over and over until `stop` is called; answers what it got, each answer once per change. */
export function askContinually(url: string): { stop: () => Promise<{ statuses: Set<number>; bodies: string[] }> } {
  const statuses = new Set<number>();
  const bodies: string[] = [];
  const stopped = new AbortController();
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      const answer = await fetch(url);
      statuses.add(answer.status);
      const body = (await answer.text()).trim();
      if (bodies.at(-1) !== body) bodies.push(body);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await asking;
      return { statuses, bodies };
    },
  };
}

export function scratchFolderExists(harness: Harness, task: JsonObject): boolean {
  const id = (task['taskArn'] as string).split('/').at(-1)!;
  return existsSync(path.join(harness.stateDir, 'tasks', id));
}
