import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import type { JsonObject } from '../../local/aws/contract';
import type { Fault } from '../../local/aws/faults';
import { startLocalAws } from '../../local/aws/server';
import { openEngine } from '../../local/containers/engine';
import { waitFor } from '../helpers/wait-for';
import { imageOf, layerOf, repositoryOf } from '../local/aws/images';
import type { Layer } from '../local/aws/images';
import { clientsOf, CLUSTER, GUARD, openAccount, servicesOf } from './stage/account';
import type { Account } from './stage/account';
import { command, engine, leftovers } from './stage/docker';
import { shellLayer } from './stage/layers';

const PROGRAM = path.join(__dirname, 'stage/local-aws.mjs');
const REAPED_WITHIN_MS = 60_000;

let shell: Layer;
const folders: string[] = [];
const processes: ChildProcess[] = [];

beforeAll(async () => {
  shell = await shellLayer();
}, 60_000);
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Place {
  endpoint: string;
  registryHost: string;
}

/** A local AWS in a process of its own. */
async function startProcess(fault?: Fault): Promise<Place & { child: ChildProcess; folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'containers-'));
  folders.push(folder);
  const args = [PROGRAM, folder, ...(fault ? [JSON.stringify(fault)] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { ...(JSON.parse(line) as Place), child, folder };
}

/** Pushes an image and creates a service of it, `job`, with two tasks. */
async function createJob(place: Place, beforeStart: (image: string) => Promise<unknown> = () => Promise.resolve()) {
  const clients = clientsOf(place);
  const services = servicesOf(clients);
  const repository = await repositoryOf({ ecr: clients.ecr, ...place }, 'shop/job');
  // A layer of its own, so that no daemon has it already.
  const layer = await layerOf([{ name: 'of', content: place.registryHost }]);
  await repository.push(imageOf([shell, layer], { cmd: ['/bin/sleep', '600'] }), 'v1');
  await clients.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  await beforeStart(`${repository.uri}:v1`);
  const portMappings = [{ containerPort: 80 }];
  await services.create('job', await services.register('job', { image: `${repository.uri}:v1`, portMappings }), {
    desiredCount: 2,
  });
  return { ...services, destroy: clients.destroy };
}

/** The environment of a `docker` that is logged in. */
async function loginTo({ ecr, aws }: Account): Promise<{ DOCKER_CONFIG: string }> {
  const DOCKER_CONFIG = await mkdtemp(path.join(tmpdir(), 'containers-login-'));
  folders.push(DOCKER_CONFIG);
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const auths = { [aws.registryHost]: { auth: authorizationData![0]!.authorizationToken } };
  await writeFile(path.join(DOCKER_CONFIG, 'config.json'), JSON.stringify({ auths }));
  return { DOCKER_CONFIG };
}

/** PIDs of the reapers that this process, or that child, has started. */
async function reapersOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const arguments_ = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return arguments_.includes('reaper.mjs') && arguments_.includes(`/${parent}/`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

const nothingIsLeft = (registryHost: string) =>
  waitFor('nothing left', async () => (await leftovers(registryHost)).length === 0, REAPED_WITHIN_MS);

it('nothing is left in Docker after close, and no reaper', async () => {
  const account = await openAccount();
  const { registryHost } = account.aws;
  const job = await createJob(account.aws);
  const running = await waitFor('two running tasks', async () => {
    const tasks = await job.tasks('job', 'RUNNING');
    return tasks.length === 2 && tasks.every(({ lastStatus }) => lastStatus === 'RUNNING');
  });
  expect(running).toBe(true);
  expect(await leftovers(registryHost)).toHaveLength(3);
  const [reaper] = await reapersOf(process.pid);
  expect(existsSync(`/proc/${reaper!}`)).toBe(true);
  job.destroy();
  await account.close();
  expect(await leftovers(registryHost)).toEqual([]);
  await waitFor('the end of the reaper', () => !existsSync(`/proc/${reaper!}`));
});

it('nothing is left in Docker after kill -9 of the process that runs the local AWS', async () => {
  const { child, ...place } = await startProcess();
  const job = await createJob(place);
  await job.running('job');
  expect((await leftovers(place.registryHost)).length).toBeGreaterThanOrEqual(2);
  const reapers = await reapersOf(child.pid!);
  expect(reapers).toHaveLength(1);
  job.destroy();
  child.kill('SIGKILL');
  await nothingIsLeft(place.registryHost);
  await waitFor('the end of the reaper', () => !existsSync(`/proc/${reapers[0]!}`), REAPED_WITHIN_MS);
  expect(await leftovers(place.registryHost)).toEqual([]);
});

it('nothing is left in Docker after kill -9 while an image is pulled', async () => {
  const slow: Fault = { action: 'registry:GET blob', kind: 'slow', ms: 1_000, times: 100 };
  const { child, folder, ...place } = await startProcess(slow);
  const job = await createJob(place);
  const calls = () => readFile(path.join(folder, 'calls.jsonl'), 'utf8');
  await waitFor('the beginning of a pull', async () => (await calls()).includes('"action":"GET manifest"'));
  const reapers = await reapersOf(child.pid!);
  job.destroy();
  child.kill('SIGKILL');
  await waitFor('the end of the reaper', () => !existsSync(`/proc/${reapers[0]!}`), REAPED_WITHIN_MS);
  expect(await leftovers(place.registryHost)).toEqual([]);
});

it('the next local AWS removes what one left whose reaper was killed too', async () => {
  const { child, ...place } = await startProcess();
  const job = await createJob(place);
  await job.running('job');
  job.destroy();
  for (const pid of [...(await reapersOf(child.pid!)), child.pid!]) process.kill(pid, 'SIGKILL');
  await once(child, 'close');
  expect((await leftovers(place.registryHost)).length).toBeGreaterThanOrEqual(2);
  const account = await openAccount();
  await nothingIsLeft(place.registryHost).finally(() => account.close());
});

it('what lives is not taken for a leftover', async () => {
  const { child, ...place } = await startProcess();
  const job = await createJob(place);
  await job.running('job');
  const before = await leftovers(place.registryHost);
  // A start sweeps, and its first pull waits for that; a close reaps.
  const account = await openAccount();
  const other = await createJob(account.aws);
  await other.running('job');
  other.destroy();
  await account.close();
  expect(await leftovers(place.registryHost)).toEqual(expect.arrayContaining(before));
  job.destroy();
  child.kill('SIGKILL');
  await nothingIsLeft(place.registryHost);
});

it('an image that goes by another name as well keeps that one', async () => {
  const account = await openAccount();
  const { registryHost } = account.aws;
  const job = await createJob(account.aws);
  await job.running('job');
  const [digest] = (await leftovers(registryHost)).filter((name) => name.includes('@'));
  const kept = `sluice-test-kept-${process.pid}`;
  await engine.call('POST', `/images/${digest!}/tag`, { query: { repo: kept, tag: '1' } });
  try {
    job.destroy();
    await account.close();
    expect(await leftovers(registryHost)).toEqual([]);
    const { RepoTags } = (await engine.call('GET', `/images/${kept}:1/json`)) as JsonObject;
    expect(RepoTags).toEqual([`${kept}:1`]);
  } finally {
    await engine.call('DELETE', `/images/${kept}:1`);
  }
});

it('an image that was there before us, by the registry’s own name, stays', async () => {
  const account = await openAccount();
  const { registryHost } = account.aws;
  const login = await loginTo(account);
  // As a person does, or a builder.
  const job = await createJob(account.aws, (image) => command('docker', ['pull', image], login));
  const before = (await leftovers(registryHost)).filter((name) => !name.startsWith('/'));
  try {
    expect(before).toHaveLength(2);
    await job.running('job');
    await account.close();
    expect(await leftovers(registryHost)).toEqual(before);
  } finally {
    job.destroy();
    // Its digest goes with its last tag.
    await command('docker', ['rmi', before[0]!], login);
  }
});

describe('a daemon that cannot be reached', () => {
  it('of another kind is refused in one sentence', () => {
    expect(() => openEngine('tcp://127.0.0.1:2375')).toThrow(
      'The Docker daemon at DOCKER_HOST=tcp://127.0.0.1:2375 is out of reach; only a daemon on a socket of this machine can be used: set it to unix:///PATH/docker.sock, or unset it for unix:///var/run/docker.sock.',
    );
  });

  it('on no socket at all keeps the local AWS from starting', async () => {
    const dockerHost = `unix://${path.join(tmpdir(), 'no-such-docker.sock')}`;
    const starting = startLocalAws({ stateDir: tmpdir(), guard: GUARD, containers: { dockerHost } });
    await expect(starting).rejects.toThrow(
      `No Docker daemon answers at ${dockerHost} (GET /info: ENOENT); start one, or set DOCKER_HOST to the unix:// socket of the one that runs.`,
    );
  });
});
