import { defineSearchAttributeKey } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Releases } from '../../../client/releases';
import { connectReleases } from '../../../client/releases';
import { environmentId } from '../../../model/ids';
import type { EnvironmentState } from '../../../model/messages';
import { TASK_QUEUES } from '../../../model/queues';
import type { TestServer } from '../../helpers/temporal';
import { startTestServer } from '../../helpers/temporal';
import { waitFor } from '../../helpers/wait-for';

let server: TestServer;
let releases: Releases;
let native: NativeConnection;
let worker: Worker;
let working: Promise<void>;

beforeAll(async () => {
  server = await startTestServer();
  const { address, namespace } = server.server;
  releases = await connectReleases({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  native = await NativeConnection.connect({ address });
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowsPath: require.resolve('./workflows'),
  });
  working = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await working;
  await native.close();
  await releases.close();
  await server.stop();
});

async function start(
  project: string,
  name: string,
  state: Partial<EnvironmentState> = {},
  taskQueue: string = TASK_QUEUES.orchestrator,
): Promise<void> {
  await server.client.workflow.start('environment', {
    workflowId: environmentId(project, name),
    taskQueue,
    args: [{ environment: name, ...state }],
    typedSearchAttributes: [{ key: defineSearchAttributeKey('SluiceProject', 'KEYWORD'), value: project }],
  });
}

/** Temporal's visibility is written a moment after the start. */
async function untilListed(project: string, count: number): Promise<void> {
  await waitFor(`${count} of ${project} to be listed`, async () => {
    const query = `SluiceProject = '${project}' AND ExecutionStatus = 'Running'`;
    return (await server.client.workflow.count(query)).count === count;
  });
}

it('reports every open environment in the order of their names, one that does not answer with the reason', async () => {
  const hold = { reason: 'migration', since: 1, by: 'ann', kind: 'person' } as const;
  await start('one', 'staging', { hold });
  await start('one', 'production');
  await start('one', 'silent', {}, 'where-nobody-works');
  await untilListed('one', 3);
  const { environments, more } = await releases.environments({ project: 'one' });
  expect(more).toBe(false);
  expect(environments).toMatchObject([
    { project: 'one', environment: 'production', state: { environment: 'production' }, awaitingApproval: [] },
    { environment: 'silent', silence: expect.stringContaining('No answer in time') as string },
    { environment: 'staging', state: { hold } },
  ]);
  expect(environments.map(({ state }) => state !== undefined)).toEqual([true, false, true]);
});

it('lets them look only when asked to', async () => {
  await start('two', 'production');
  await untilListed('two', 1);
  const seen = async (look: boolean) =>
    (await releases.environments({ project: 'two' }, look)).environments[0]?.state?.seen;
  expect(await seen(false)).toBeUndefined();
  expect(await seen(true)).toMatchObject({ services: [] });
});

it('adds releases that wait for approval, also where the environment is none yet', async () => {
  const { workflowId } = await releases.start({
    purpose: 'release',
    project: 'three',
    repository: '/srv/git/shop.git',
    commit: '3'.repeat(40),
    environments: [],
    event: 'manual',
    actor: 'ann',
  });
  const found = await waitFor('the release that waits', async () => {
    const { environments } = await releases.environments({ project: 'three' });
    return environments[0];
  });
  expect(found).toMatchObject({
    project: 'three',
    environment: 'production',
    awaitingApproval: [{ releaseId: workflowId, commit: '3'.repeat(40), actor: 'ann', waiting: { minimum: 1 } }],
  });
  expect(found.state).toBeUndefined();
});

it('holds and resumes, and tells the two kinds of going on apart', async () => {
  await start('four', 'production');
  const held = await releases.hold('four', 'production', { by: 'ann', reason: 'migration', until: 7 });
  expect(held.hold).toMatchObject({ by: 'ann', reason: 'migration', until: 7 });
  await expect(releases.resolve('four', 'production', { by: 'bob', reason: 'all good' })).rejects.toMatchObject({
    exitCode: 16,
    message: 'There is nothing for bob to resolve.',
  });
  expect((await releases.resume('four', 'production', { by: 'ann' })).hold).toBeUndefined();
  await expect(releases.resume('four', 'production', { by: 'ann' })).rejects.toMatchObject({
    exitCode: 16,
    message: 'There is nothing for ann to resume.',
  });
});

it('holds no environment that there is not: a wrong name must not look like a line that was stopped', async () => {
  await expect(releases.hold('four', 'prodution', { by: 'ann', reason: 'migration' })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('`sluice environments` shows what there is') as string,
  });
});

it('breaks the glass for the request of the one release, wherever that waits', async () => {
  const waiting = { actor: 'ann', commit: '5'.repeat(40), position: 1, reason: 'frozen' };
  const queue = [
    { ...waiting, requestId: 'other/production', releaseId: 'release:five:other' },
    { ...waiting, requestId: 'run/production', releaseId: 'release:five:mine', position: 2 },
  ];
  await start('five', 'staging');
  await start('five', 'production', { queue });
  await untilListed('five', 2);
  const { environment, state } = await releases.breakGlass('release:five:mine', { by: 'ann', reason: 'INC-7' });
  expect(environment).toBe('production');
  expect(state.queue.map(({ reason }) => reason)).toEqual(['frozen', 'glass broken by ann']);
  await expect(releases.breakGlass('release:five:gone', { by: 'ann', reason: 'INC-7' })).rejects.toMatchObject({
    exitCode: 16,
    message: expect.stringContaining('does not wait for its turn') as string,
  });
});
