import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { object, text } from '../../local/aws/input';
import { runProbe } from '../../local/containers/exec-probe';
import { waitFor } from '../helpers/wait-for';
import { imageOf, layerOf, repositoryOf } from '../local/aws/images';
import { openAccount } from './stage/account';
import type { Account } from './stage/account';
import { engine, inspect, listenersOn, LOOPBACK } from './stage/docker';
import { nodeLayer } from './stage/layers';
import { PROGRAMS } from './stage/programs';

const SET_UP_MS = 120_000;
const MIB = 1024 * 1024;

let account: Account;
/** `HOST/repository`; its tag `app` holds this machine's Node, a shell and the programs. */
let repository: string;
let names = 0;

beforeAll(async () => {
  account = await openAccount({ loadBalancerIntervalMs: 60, healthyAfterMs: 250 });
  const pushing = await repositoryOf({ ecr: account.ecr, ...account.aws }, 'shop/app');
  repository = pushing.uri;
  const image = imageOf([await nodeLayer(), await layerOf(PROGRAMS)], { cmd: ['node', '/app/server.mjs'] });
  await pushing.push(image, 'app');
}, SET_UP_MS);
// What crashes would be started again and again, beside the next test.
afterEach(() => account.scaleAllToZero());
afterAll(() => account.close());

const named = () => `service-${++names}`;

function server(version: string, more: ContainerDefinition = {}): ContainerDefinition {
  const environment = [{ name: 'VERSION', value: version }, ...(more.environment ?? [])];
  return { image: `${repository}:app`, portMappings: [{ containerPort: 8080 }], ...more, environment };
}

function shell(script: string, more: ContainerDefinition = {}): ContainerDefinition {
  return { image: `${repository}:app`, command: ['/bin/sh', '-c', script], ...more };
}

/** A service of one task of this container, under a name of its own. */
async function start(
  container: ContainerDefinition,
  networkMode: 'bridge' | 'host' | 'awsvpc' = 'bridge',
): Promise<string> {
  const name = named();
  await account.create(name, await account.register(name, container, { networkMode }));
  return name;
}

async function get(port: number | undefined): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port ?? 0}/`)).text();
}

describe('a service in containers', () => {
  it('rolls out, and answers through its load balancer all the while', async () => {
    const name = named();
    const { targetGroupArn, url } = await account.aws.createTargetGroup({ name, healthCheckPath: '/health' });
    const one = await account.register(name, server('one'));
    const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 8080 }];
    await account.create(name, one, { loadBalancers, desiredCount: 2 });
    await account.settled(name, one);
    const task = await account.running(name);
    expect(task.containers).toMatchObject([{ runtimeId: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
    await account.logged(task, 'one listens on 0.0.0.0:8080');

    const answers: string[] = [];
    const over = new AbortController();
    const asking = (async () => {
      while (!over.signal.aborted) {
        const answer = await (await fetch(url)).text();
        if (answers.at(-1) !== answer) answers.push(answer);
      }
    })();
    const two = await account.register(name, server('two'));
    await account.update(name, two);
    await account.settled(name, two);
    over.abort();
    await asking;
    expect(new Set(answers)).toEqual(new Set(['one', 'two']));
    expect(answers.at(-1)).toBe('two');
  });

  it('goes back by its circuit breaker when the new revision cannot run', async () => {
    const name = named();
    const good = await account.register(name, server('good'));
    const deploymentCircuitBreaker = { enable: true, rollback: true };
    await account.create(name, good, { deploymentConfiguration: { deploymentCircuitBreaker } });
    await account.settled(name, good);
    const bad = await account.register(name, shell('echo no database; exit 4'));
    await account.update(name, bad);
    const failed = await account.stopped(name);
    expect(failed).toMatchObject({ stopCode: 'EssentialContainerExited', taskDefinitionArn: bad });
    await account.settled(name, good);
  });
});

describe('a container', () => {
  it('ends with the exit code of its program, whose last words are kept', async () => {
    const task = await account.stopped(
      await start(shell('echo to stdout; echo no database >&2; printf unfinished; exit 3')),
    );
    expect(task).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    });
    const lines = await account.linesOf(task);
    expect(lines.sort()).toEqual(['no database', 'to stdout', 'unfinished']);
  });

  it.each<[string, ContainerDefinition, string | undefined]>([
    ['the container', { memory: 48 }, undefined],
    ['its task', {}, '48'],
  ])('is killed above the memory limit of %s, and AWS’s words say so', async (_whose, limit, taskMemory) => {
    const name = named();
    const { memory: _none, ...container } = server('x', { command: ['node', '/app/hungry.mjs'] });
    const more = taskMemory === undefined ? {} : { memory: taskMemory };
    const definition = { memory: undefined, ...container, ...limit } as ContainerDefinition;
    await account.create(name, await account.register(name, definition, more));
    expect(await account.stopped(name)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
    });
  });

  it.each<[string, string[], RegExp]>([
    [
      'a program that is not there',
      ['/opt/nothing'],
      /Error response from daemon: .*"\/opt\/nothing".*no such file or directory/,
    ],
    ['a name that is not on PATH', ['nothing'], /"nothing": executable file not found in \$PATH/],
    ['a file that may not be executed', ['/app/text'], /"\/app\/text": permission denied/],
  ])('cannot start with %s, in Docker’s own words', async (_what, command, message) => {
    const task = await account.stopped(await start(server('x', { command })));
    const reason = expect.stringMatching(message) as string;
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason, containers: [{ reason }] });
    expect(task.stoppedReason).toMatch(/^CannotStartContainerError: /);
  });

  it('ends at once where its program is of another processor, and its log says why', async () => {
    const task = await account.stopped(await start(server('x', { command: ['/app/foreign'] })));
    expect(task.stopCode).toBe('EssentialContainerExited');
    expect(await account.linesOf(task)).toEqual(['exec /app/foreign: exec format error']);
  });

  it('of an image that holds files only, without what interprets them, cannot start', async () => {
    const files = await repositoryOf({ ecr: account.ecr, ...account.aws }, 'shop/files');
    await files.push(imageOf([await layerOf(PROGRAMS)], { cmd: ['node', '/app/server.mjs'] }), 'v1');
    const task = await account.stopped(await start({ image: `${files.uri}:v1` }));
    expect(task.stoppedReason).toMatch(/^CannotStartContainerError: .*"node": executable file not found/);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'a tag that nobody pushed',
      async () => `${repository}:none`,
      /^CannotPullContainerError: .*\/shop\/app:none: not found$/,
    ],
    [
      'an image that the registry does not hand out',
      async () => {
        const secret = await repositoryOf({ ecr: account.ecr, ...account.aws }, 'shop/secret');
        await secret.push(imageOf([await layerOf([{ name: 'x', content: 'x' }])]), 'v1');
        account.aws.faults.add({ action: 'registry:GET blob', kind: 'deny', times: 100 });
        return `${secret.uri}:v1`;
      },
      /^CannotPullContainerError: Error response from daemon: .*(denied|forbidden|not authorized)/i,
    ],
  ])('cannot be had of %s', async (_what, image, message) => {
    const task = await account.stopped(await start({ image: await image() }));
    account.aws.faults.clear();
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', containers: [{ name: 'app' }] });
    expect(task.stoppedReason).toMatch(message);
    expect(task.containers?.[0]?.exitCode).toBeUndefined();
  });

  it('runs as the definition says: user, read-only root, init, limits, environment', async () => {
    const name = await start(
      server('x', {
        command: ['node', '/app/asking.mjs'],
        user: '65534:65534',
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true },
        ulimits: [{ name: 'nofile', softLimit: 321, hardLimit: 654 }],
        memory: 96,
        memoryReservation: 64,
      }),
    );
    const task = await account.running(name);
    const said = JSON.parse(await account.logged(task, 'uid')) as { names: string[]; pid: number };
    expect(said).toMatchObject({ uid: 65534, written: 'EROFS', files: '654' });
    expect(said.pid).toBeGreaterThan(1);
    expect(said.names.sort()).toEqual(['HOME', 'HOSTNAME', 'PATH', 'VERSION']);
    const { HostConfig } = await inspect(task.containers![0]!.runtimeId!);
    expect(HostConfig).toMatchObject({ Memory: 96 * MIB, MemorySwap: 96 * MIB, MemoryReservation: 64 * MIB });
    expect(HostConfig).toMatchObject({ Ulimits: [{ Name: 'nofile', Soft: 321, Hard: 654 }] });
  });
});

describe('a health check', () => {
  it('runs in the container; a task that fails it is stopped and replaced', async () => {
    const healthCheck = { command: ['CMD-SHELL', '! [ -e /tmp/sick ]'], interval: 5, retries: 2 };
    const name = await start(shell('sleep 2; echo >/tmp/sick; exec sleep 600', { healthCheck }));
    const healthy = await waitFor('a healthy task', async () =>
      (await account.tasks(name, 'RUNNING')).find(({ healthStatus }) => healthStatus === 'HEALTHY'),
    );
    const stopped = await account.stopped(name);
    expect(stopped).toMatchObject({
      taskArn: healthy.taskArn,
      healthStatus: 'UNHEALTHY',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
    });
    expect((await account.running(name)).taskArn).not.toBe(healthy.taskArn);
  });

  it('that outlives its timeout has failed, and is killed', async () => {
    const { runtimeId = '' } = (await account.running(await start(server('x')))).containers![0]!;
    const processes = async () => JSON.stringify(await engine.call('GET', `/containers/${runtimeId}/top`));
    const probing = runProbe(engine, runtimeId, ['/bin/sh', '-c', 'sleep 4321; true'], 2_000);
    await waitFor('the command', async () => (await processes()).includes('sleep 4321'));
    expect(await probing).toBe(false);
    await waitFor('its end', async () => !(await processes()).includes('sleep 4321'));
    expect(await runProbe(engine, runtimeId, ['/bin/sh', '-c', 'true'], 5_000)).toBe(true);
    expect(await runProbe(engine, runtimeId, ['/bin/sh', '-c', 'false'], 5_000)).toBe(false);
    expect(await runProbe(engine, runtimeId, ['/not/there'], 5_000)).toBe(false);
  });
});

describe('the network', () => {
  it.each(['bridge', 'awsvpc'] as const)('of %s publishes each port on 127.0.0.1 and nowhere else', async (mode) => {
    const name = await start(server('here'), mode);
    const task = await account.running(name);
    const [binding] = task.containers![0]!.networkBindings!;
    expect(binding).toMatchObject({ bindIP: '127.0.0.1', containerPort: 8080, protocol: 'tcp' });
    await account.logged(task, 'listens on 0.0.0.0:8080');
    expect(await get(binding?.hostPort)).toBe('here');
    expect(await listenersOn(binding!.hostPort!)).toEqual([LOOPBACK]);
  });

  it('publishes on the host port that the definition names, if nobody has it', async () => {
    const free = await account.aws.createTargetGroup({ name: named() });
    const taken = await start(server('x', { portMappings: [{ containerPort: 8080, hostPort: free.port }] }));
    expect((await account.stopped(taken)).stoppedReason).toMatch(/^CannotStartContainerError: .*already in use/);

    const before = await start(server('x'));
    const { hostPort } = (await account.running(before)).containers![0]!.networkBindings![0]!;
    await account.scaleToZero(before);
    await account.stopped(before);
    const task = await account.running(
      await start(server('fixed', { portMappings: [{ containerPort: 8080, hostPort }] })),
    );
    await account.logged(task, 'fixed listens');
    expect(await get(hostPort)).toBe('fixed');
  });

  it('of the host is the machine’s own: PORT and HOST say where to listen', async () => {
    const name = await start(server('hosted'), 'host');
    const task = await account.running(name);
    const [binding] = task.containers![0]!.networkBindings!;
    const port = binding!.hostPort!;
    expect(binding).toMatchObject({ bindIP: '127.0.0.1', containerPort: 8080 });
    await account.logged(task, `hosted listens on 127.0.0.1:${port}`);
    expect(await get(port)).toBe('hosted');
    expect(await listenersOn(port)).toEqual([LOOPBACK]);
    const { HostConfig } = await inspect(task.containers![0]!.runtimeId!);
    expect(text(object({ HostConfig: HostConfig! }, 'HostConfig')!, 'NetworkMode')).toBe('host');
  });
});

describe('a stop', () => {
  it('gives the program time to end in peace', async () => {
    const name = await start(server('x', { environment: [{ name: 'GRACE_MS', value: '300' }] }));
    await account.logged(await account.running(name), 'listens');
    await account.scaleToZero(name);
    const task = await account.stopped(name);
    expect(task.containers).toMatchObject([{ exitCode: 0 }]);
    expect(await account.linesOf(task)).toEqual(expect.arrayContaining(['asked to stop', 'stopped in peace']));
  });

  it('kills what has not ended when stopTimeout is over', async () => {
    const name = await start(shell('trap "echo not yet" TERM; echo up; while :; do sleep 1; done', { stopTimeout: 5 }));
    await account.logged(await account.running(name), 'up');
    await account.scaleToZero(name);
    expect((await account.stopped(name)).containers).toMatchObject([{ exitCode: 137 }]);
  });

  it('leaves no container of the task behind', async () => {
    const name = await start(server('x'));
    const { runtimeId } = (await account.running(name)).containers![0]!;
    await account.scaleToZero(name);
    await account.stopped(name);
    await expect(inspect(runtimeId!)).rejects.toThrow('No such container');
  });
});
