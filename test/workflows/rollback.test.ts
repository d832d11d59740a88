import type { WorkflowHandle } from '@temporalio/client';
import { startRollback } from '../../client/start-rollback';
import { environmentId, rollbackId } from '../../model/ids';
import type { EnvironmentState } from '../../model/messages';
import type { ReleaseRequest } from '../../model/plan';
import type { RollbackRequest } from '../../model/rollback';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { replayAll } from '../helpers/temporal';
import { held, untilCancelled } from '../helpers/fake-activities';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();

interface Shop {
  /** The releases that ran, oldest first. */
  releases: ReleaseRequest[];
  request: RollbackRequest;
}

/** A world that remembers what it runs, and a project in which so many commits were released one after the other. */
async function released(count: number): Promise<Shop> {
  let registered = 0;
  let live = 'arn:td/shop:0';
  const ref = (taskDefinitionArn: string) => ({ service: 'api', taskDefinitionArn, deploymentId: 'ecs-svc/1' });
  bench.world.on({
    registerRevision: async () => ({ taskDefinitionArn: `arn:td/shop:${++registered}`, registered: true }),
    updateService: async ({ taskDefinitionArn }) => ref((live = taskDefinitionArn)),
    deployVerified: async ({ taskDefinitionArn }) => ref((live = taskDefinitionArn)),
    captureBaseline: async () => ({
      kind: 'baseline',
      baseline: { service: 'api', taskDefinitionArn: live, digests: {}, desiredCount: 2 },
    }),
    whatRuns: async () => ({
      taskDefinitionArn: live,
      commit: null,
      release: null,
      verified: true,
      inFlight: null,
      digests: {},
    }),
    lookBeforeRollback: async ({ taskDefinitionArn }) =>
      taskDefinitionArn === live
        ? { kind: 'runs' }
        : {
            kind: 'stands',
            baseline: { service: 'api', taskDefinitionArn: live, digests: {}, desiredCount: 2 },
            since: 'arn:deployment/1',
          },
    beginReturn: async ({ baseline }) => ({
      kind: 'following',
      deployment: ref((live = baseline.taskDefinitionArn)),
    }),
  });
  const first = freshRequest();
  const releases = [first];
  for (let more = 1; more < count; more += 1) releases.push(anotherCommit(first));
  for (const release of releases) expect((await outcomeOf(await bench.start(release))).outcome).toBe('released');
  const { project } = first;
  const request = { project, environment: 'production', to: 'previous-good', reason: 'it fails', actor: 'ann' };
  return { releases, request: { ...request, askAgainMs: 500 } };
}

async function start(request: RollbackRequest, key?: string): Promise<WorkflowHandle> {
  const { workflowId, runId } = await startRollback(bench.server.client, request, key);
  return bench.server.client.workflow.getHandle(workflowId, runId);
}

const stateOf = ({ request }: Shop): Promise<EnvironmentState> =>
  bench.server.client.workflow.getHandle(environmentId(request.project, 'production')).query<EnvironmentState>('state');

const short = (commit: string): string => commit.slice(0, 12);

describe('a rollback', () => {
  it('goes to the verified revision before what runs, without gates, build, registration or Git', async () => {
    const shop = await released(2);
    const [one] = shop.releases;
    const before = bench.world.calls.length;
    expect(await outcomeOf(await start(shop.request))).toMatchObject({
      outcome: 'released',
      commit: one!.commit,
      cause: `production is back on ${short(one!.commit)} (shop:1) and is healthy (rolled back by ann: it fails); on hold until \`sluice resume --environment production\``,
    });
    expect(bench.world.calls.slice(before)).toEqual([
      'whatRuns',
      'inspectRollback',
      'lookBeforeRollback',
      'deployVerified',
      'awaitStable',
      'checkHealth',
    ]);
    const { verified } = await waitFor('its record', async () => {
      const state = await stateOf(shop);
      return state.verified.length === 3 && state;
    });
    expect(verified.at(-1)).toMatchObject({ commit: one!.commit, taskDefinitions: { api: 'arn:td/shop:1' } });
  });

  it('shows its phases, and is waited for as a release is', async () => {
    const shop = await released(2);
    const rollout = held<{ kind: 'succeeded'; digests: Record<string, string> }>();
    bench.world.on({ awaitStable: rollout.effect });
    const handle = await start(shop.request);
    await rollout.begun;
    const status = await statusOf(handle);
    expect(status).toMatchObject({ purpose: 'rollback', commit: shop.releases[0]!.commit });
    expect(status.phases.map(({ phase, state }) => `${phase} ${state}`)).toEqual(['admit done', 'turn done']);
    expect(status.deploying).toMatchObject({ environment: 'production' });
    rollout.finish({ kind: 'succeeded', digests: {} });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('with --to goes to the newest verified revision of that commit', async () => {
    const shop = await released(3);
    const [one] = shop.releases;
    const outcome = await outcomeOf(await start({ ...shop.request, to: one!.commit }));
    expect(outcome).toMatchObject({ outcome: 'released', commit: one!.commit });
  });

  it('to what runs already changes nothing, and asks it all the same', async () => {
    const shop = await released(2);
    const two = shop.releases[1]!;
    const asked = bench.world.count('checkHealth');
    expect(await outcomeOf(await start({ ...shop.request, to: two.commit }))).toMatchObject({
      outcome: 'released',
      cause: expect.stringContaining(`nothing to do: production already runs ${short(two.commit)}`) as string,
    });
    expect(bench.world.count('checkHealth')).toBe(asked + 1);
    expect(bench.world.count('deployVerified')).toBe(0);
  });

  it('stops what somebody else left rolling, and then goes on', async () => {
    const shop = await released(2);
    let stopped = false;
    bench.world.on({
      lookBeforeRollback: async () =>
        stopped
          ? { kind: 'stands', baseline: null, noBaseline: 'it never ran anything' }
          : {
              kind: 'rolling',
              deployment: { service: 'api', taskDefinitionArn: 'arn:td/shop:9', deploymentId: 'ecs-svc/9' },
              wanted: false,
            },
      stopRolling: async () => ({ stopped: (stopped = true) }),
    });
    expect((await outcomeOf(await start(shop.request))).outcome).toBe('released');
    expect(bench.world.count('stopRolling')).toBe(1);
    expect(bench.world.calls.indexOf('stopRolling')).toBeLessThan(bench.world.calls.indexOf('awaitSettled'));
  });

  it('that fails goes back to what ran, and is not verified', async () => {
    const shop = await released(2);
    bench.world.on({ awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }) });
    expect(await outcomeOf(await start(shop.request))).toMatchObject({
      outcome: 'rolled-back',
      cause: expect.stringMatching(/exit code 1.*api runs shop:2 again and is healthy/) as string,
    });
    expect((await stateOf(shop)).verified).toHaveLength(2);
  });

  it('that fails where nothing else is known ends rollback-failed', async () => {
    const shop = await released(2);
    bench.world.on({
      lookBeforeRollback: async () => ({ kind: 'stands', baseline: null, noBaseline: 'shop:2 was deregistered' }),
      awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }),
    });
    expect(await outcomeOf(await start(shop.request))).toMatchObject({
      outcome: 'rollback-failed',
      cause: expect.stringContaining('shop:2 was deregistered') as string,
    });
    expect(bench.world.count('beginReturn')).toBe(0);
  });
});

describe('a rollback is refused, and nothing is changed,', () => {
  afterEach(() => expect(bench.world.count('deployVerified')).toBe(0));

  it('where nothing was ever released', async () => {
    const { project } = freshRequest();
    const request = { project, environment: 'production', to: 'previous-good', reason: 'it fails', actor: 'ann' };
    expect(await outcomeOf(await start(request))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining(
        `nothing was ever released to environment production of project ${project}`,
      ) as string,
    });
  });

  it('where nothing is known before what runs', async () => {
    const shop = await released(1);
    expect(await outcomeOf(await start(shop.request))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining('nothing before it is known to be good') as string,
    });
  });

  it('to a commit that was never verified, with those that were', async () => {
    const shop = await released(2);
    const [one, two] = shop.releases;
    expect(await outcomeOf(await start({ ...shop.request, to: 'abcdef0' }))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining(`known are ${short(two!.commit)}, ${short(one!.commit)}`) as string,
    });
  });

  it('where the revision could not be deployed any more, with the reason', async () => {
    const shop = await released(2);
    bench.world.on({
      inspectRollback: async () => ({
        findings: [{ what: 'api: image', good: false, said: 'it expired' }],
        imageReference: '',
      }),
    });
    expect(await outcomeOf(await start(shop.request))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringMatching(/cannot go back to .* api: image: it expired; nothing was changed/) as string,
    });
  });
});

describe('asking twice', () => {
  it('for the same at once is one rollback, whoever asks and why', async () => {
    const shop = await released(3);
    bench.world.on({ inspectRollback: untilCancelled });
    const one = await startRollback(bench.server.client, shop.request);
    const two = await startRollback(bench.server.client, { ...shop.request, actor: 'bob', reason: 'me too' });
    expect(two).toEqual({ ...one, attached: true });
    await bench.server.client.workflow.getHandle(one.workflowId).terminate('by the test');
  });

  it('with the same key after it succeeded goes back no further', async () => {
    const shop = await released(3);
    const first = await startRollback(bench.server.client, shop.request, 'incident-7');
    expect(first.workflowId).toBe(rollbackId(shop.request.project, 'production', 'incident-7'));
    await outcomeOf(bench.server.client.workflow.getHandle(first.workflowId));
    expect(await startRollback(bench.server.client, shop.request, 'incident-7')).toEqual({ ...first, attached: true });
    await expect(
      startRollback(bench.server.client, { ...shop.request, to: 'abcdef0' }, 'incident-7'),
    ).rejects.toMatchObject({ exitCode: 16 });
  });

  it('without a key after it ended goes further back', async () => {
    const shop = await released(3);
    expect(await outcomeOf(await start(shop.request))).toMatchObject({ commit: shop.releases[1]!.commit });
    expect(await outcomeOf(await start(shop.request))).toMatchObject({ commit: shop.releases[0]!.commit });
  });

  it('for what was before while another rollback is under way is refused', async () => {
    const shop = await released(3);
    const rollout = held<{ kind: 'succeeded'; digests: Record<string, string> }>();
    bench.world.on({ awaitStable: rollout.effect });
    const one = await start(shop.request);
    await rollout.begun;
    expect(await outcomeOf(await start(shop.request, 'another'))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringContaining(`${one.workflowId} is under way`) as string,
    });
    rollout.finish({ kind: 'succeeded', digests: {} });
    expect((await outcomeOf(one)).outcome).toBe('released');
  });
});

it('while a release is being deployed it aborts that one, and there is nothing more to do', async () => {
  const shop = await released(2);
  const [, two] = shop.releases;
  bench.world.on({ awaitStable: untilCancelled });
  const third = await bench.start(anotherCommit(two!));
  await waitFor('the rollout', () => bench.world.count('awaitStable') === 3);
  const handle = await start(shop.request);
  expect(await outcomeOf(third)).toMatchObject({ outcome: 'rolled-back' });
  expect(await outcomeOf(handle)).toMatchObject({
    outcome: 'released',
    commit: two!.commit,
    cause: expect.stringContaining(`nothing to do: production already runs ${short(two!.commit)}`) as string,
  });
  expect(bench.world.count('deployVerified')).toBe(0);
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
