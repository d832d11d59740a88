import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { deploymentId, environmentId, releaseId } from '../../model/ids';
import type { GateSpec, ReleaseRequest } from '../../model/plan';
import type { BaselineAnswer } from '../../model/target';
import { untilCancelled } from '../helpers/fake-activities';
import { freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();
const start = (request: ReleaseRequest): Promise<WorkflowHandle> => bench.start(request);

async function historyLength(workflowId: string): Promise<number> {
  return (await bench.server.client.workflow.getHandle(workflowId).describe()).historyLength;
}

/** The commit that is asked for is what runs. */
const runsAlready = ({ commit }: ReleaseRequest): BaselineAnswer => ({
  kind: 'baseline',
  baseline: {
    service: 'api',
    taskDefinitionArn: 'arn:td/shop:1',
    digests: { api: 'sha256:1' },
    desiredCount: 2,
    commit,
  },
});

describe('a release that goes well', () => {
  it('passes gates, image and environment in order and completes as released', async () => {
    const request = freshRequest();
    const outcome = await outcomeOf(await start(request));
    expect(outcome).toMatchObject({ outcome: 'released', digest: 'sha256:1' });
    const order = [
      'admit',
      'runGate',
      'buildImage',
      'captureBaseline',
      'registerRevision',
      'updateService',
      'awaitStable',
      'checkHealth',
      'markVerified',
    ];
    const positions = order.map((name) => bench.world.calls.indexOf(name));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);
    expect(bench.world.count('beginReturn')).toBe(0);
  });

  it('keeps to its budget of events', async () => {
    const request = freshRequest();
    await outcomeOf(await start(request));
    expect(await historyLength(releaseId('release', request.project, request.commit))).toBeLessThanOrEqual(
      60 + 2 * 7 + 25,
    );
    expect(await historyLength(deploymentId(request.project, 'production'))).toBeLessThanOrEqual(60 + 15);
  });

  it('reuses an image that is there already', async () => {
    bench.world.on({
      findImage: async ({ commit }) => ({
        repositoryUri: 'r',
        tag: commit,
        digest: 'sha256:7',
        reference: 'r@sha256:7',
        reused: true,
      }),
    });
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({ outcome: 'released', digest: 'sha256:7' });
    expect(bench.world.count('buildImage')).toBe(0);
  });

  it('has nothing to deploy when the commit already runs, but asks the service all the same', async () => {
    const request = freshRequest();
    bench.world.on({
      captureBaseline: async () => runsAlready(request),
    });
    const outcome = await outcomeOf(await start(request));
    expect(outcome).toMatchObject({
      outcome: 'released',
      cause: expect.stringContaining('nothing to deploy') as string,
    });
    expect(bench.world.count('updateService')).toBe(0);
    expect(bench.world.count('checkHealth')).toBe(1);
  });

  it('never says that it rolled back what it did not touch: a running commit that is not healthy is refused', async () => {
    const request = freshRequest();
    bench.world.on({
      captureBaseline: async () => runsAlready(request),
      checkHealth: async () => ({ healthy: false, cause: 'answered 503' }),
    });
    expect((await outcomeOf(await start(request))).outcome).toBe('refused');
    expect(bench.world.count('beginReturn')).toBe(0);
  });
});

describe('a pull request', () => {
  it('gets its gates and a build that is never pushed, and nothing more', async () => {
    const outcome = await outcomeOf(await start(freshRequest({ purpose: 'check' })));
    expect(outcome.outcome).toBe('checked');
    expect(bench.world.count('packageOnly')).toBe(1);
    for (const effect of ['findImage', 'buildImage', 'updateService', 'captureBaseline'] as const)
      expect(bench.world.count(effect)).toBe(0);
  });
});

describe('gates', () => {
  it('stop the rest at the first failure; no image is built', async () => {
    bench.world.on({
      runGate: async ({ gate }) =>
        gate.name === 'tests'
          ? { gate: 'tests', verdict: 'failed', cause: '1 of 9 tests failed', durationMs: 1, tail: '' }
          : untilCancelled(),
    });
    const handle = await start(freshRequest());
    expect(await outcomeOf(handle)).toMatchObject({ outcome: 'gate-failed', cause: 'gate tests: 1 of 9 tests failed' });
    expect((await statusOf(handle)).gates.find(({ gate }) => gate === 'secrets')?.state).toBe('stopped');
    expect(bench.world.count('buildImage')).toBe(0);
    expect(bench.world.count('removeWorkspace')).toBe(1);
  });

  it('all run to their end where release.yml says so, but for those that need the one that failed', async () => {
    const gate = (name: string, needs: string[] = []): GateSpec => ({
      ...{ name, needs, kind: 'run', timeoutMs: 60_000, setup: [], run: 'x', environment: {} },
    });
    bench.world.on({
      admit: async ({ commit, project }) =>
        plan({
          commit,
          project,
          onGateFailure: 'run-all',
          gates: [gate('tests'), gate('slow'), gate('after', ['tests'])],
        }),
      runGate: async ({ gate: { name } }) => {
        if (name === 'slow') await waitFor('the others', () => bench.world.count('runGate') === 2);
        return { gate: name, verdict: name === 'tests' ? 'failed' : 'passed', cause: 'seen', durationMs: 1, tail: '' };
      },
    });
    const handle = await start(freshRequest());
    expect(await outcomeOf(handle)).toMatchObject({ outcome: 'gate-failed', cause: 'gate tests: seen' });
    expect((await statusOf(handle)).gates.map(({ gate: name, state }) => [name, state])).toEqual([
      ['tests', 'failed'],
      ['slow', 'passed'],
      ['after', 'stopped'],
    ]);
  });

  it('that cannot tell never pass', async () => {
    bench.world.on({
      runGate: async ({ gate }) => ({
        gate: gate.name,
        verdict: 'undetermined',
        cause: 'gitleaks is not installed',
        durationMs: 1,
        tail: '',
      }),
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('gate-undetermined');
    expect(bench.world.count('buildImage')).toBe(0);
  });

  it('wait for what they need', async () => {
    const begun: string[] = [];
    bench.world.on({
      admit: async (request) =>
        plan({
          commit: request.commit,
          project: request.project,
          gates: [
            { name: 'report', kind: 'run', needs: ['tests'], timeoutMs: 1000, setup: [], run: 'x', environment: {} },
            { name: 'tests', kind: 'run', needs: [], timeoutMs: 1000, setup: [], run: 'x', environment: {} },
          ],
        }),
      runGate: async ({ gate }) => {
        begun.push(gate.name);
        return { gate: gate.name, verdict: 'passed', cause: '', durationMs: 1, tail: '' };
      },
    });
    await outcomeOf(await start(freshRequest()));
    expect(begun).toEqual(['tests', 'report']);
  });
});

describe('a failure on the way', () => {
  it.each([
    ['ImageBuild', 'image-failed'],
    ['ImagePush', 'image-failed'],
    ['ToolMissing', 'image-failed'],
  ] as const)('of type %s while the image is made ends %s, and ECS hears nothing', async (type, outcome) => {
    bench.world.on({ buildImage: () => Promise.reject(ApplicationFailure.nonRetryable('exit code 1', type)) });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe(outcome);
    for (const effect of ['registerRevision', 'updateService', 'captureBaseline'] as const)
      expect(bench.world.count(effect)).toBe(0);
  });

  it.each([
    ['BadConfig', 'invalid'],
    ['PolicyRefused', 'refused'],
    ['SourceMissing', 'invalid'],
  ] as const)('of type %s at admit ends %s before any gate', async (type, outcome) => {
    bench.world.on({ admit: () => Promise.reject(ApplicationFailure.nonRetryable('no', type)) });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe(outcome);
    expect(bench.world.count('runGate')).toBe(0);
  });

  it('of the target at admit is invalid before any gate', async () => {
    bench.world.on({
      inspectTargets: () => Promise.reject(ApplicationFailure.nonRetryable('no room to roll', 'TargetUnsuitable')),
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('invalid');
    expect(bench.world.count('runGate')).toBe(0);
  });

  it('of the target at the turn is refused before anything moves', async () => {
    let looks = 0;
    bench.world.on({
      inspectTargets: async () => {
        if (++looks > 1) throw ApplicationFailure.nonRetryable('no room to roll', 'TargetUnsuitable');
      },
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('refused');
    expect(bench.world.count('updateService')).toBe(0);
  });
});

describe('a rollout that fails', () => {
  it.each([
    ['ECS says so', { awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }) as const }],
    [
      'ECS rolled back by itself',
      {
        awaitStable: async () =>
          ({ kind: 'rolled-back', cause: 'circuit breaker', taskDefinitionArn: 'arn:td/shop:1' }) as const,
      },
    ],
    [
      'UpdateService fails for good',
      { updateService: () => Promise.reject(ApplicationFailure.nonRetryable('no', 'AccessDenied')) },
    ],
  ])('is rolled back and verified when %s', async (_what, effects) => {
    bench.world.on(effects);
    const outcome = await outcomeOf(await start(freshRequest()));
    expect(outcome).toMatchObject({
      outcome: 'rolled-back',
      environments: [{ environment: 'production', outcome: 'rolled-back' }],
    });
    expect(bench.world.count('beginReturn')).toBeGreaterThan(0);
    expect(bench.world.count('markVerified')).toBe(0);
    expect(bench.world.calls.at(-2)).toBe('checkHealth');
  });

  it('is refused, not rolled back, when UpdateService was refused and the service is found where it was', async () => {
    bench.world.on({
      updateService: () => Promise.reject(ApplicationFailure.nonRetryable('AWS does not allow it.', 'AccessDenied')),
      beginReturn: async () => ({ kind: 'already' }),
    });
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({
      outcome: 'refused',
      cause: expect.stringMatching(
        /AWS does not allow it\. Grant .* of this worker\. \w+ still runs .*, healthy$/,
      ) as string,
    });
  });

  it('is undetermined when the credentials for the way back have expired too', async () => {
    const expired = () => Promise.reject(ApplicationFailure.nonRetryable('expired', 'CredentialsMissing'));
    bench.world.on({ awaitStable: expired, beginReturn: expired });
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({
      outcome: 'undetermined',
      cause: expect.stringContaining('The rollback did not finish') as string,
    });
  });

  it('is rolled back when the service is not healthy', async () => {
    let asked = 0;
    bench.world.on({ checkHealth: async () => ({ healthy: ++asked > 1, cause: 'answered 503' }) });
    expect(await outcomeOf(await start(freshRequest()))).toMatchObject({
      outcome: 'rolled-back',
      cause: expect.stringContaining('answered 503') as string,
    });
  });

  it('updates once more when ECS returned elsewhere', async () => {
    let returns = 0;
    bench.world.on({
      awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }),
      awaitReturned: async () => (++returns > 1 ? { kind: 'returned' } : { kind: 'elsewhere', cause: 'on revision 7' }),
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('rolled-back');
    expect(bench.world.count('beginReturn')).toBe(2);
  });

  it('says so when the way back fails too, and the environment takes nothing more until a person resolves', async () => {
    bench.world.on({
      awaitStable: async () => ({ kind: 'failed', cause: 'exit code 1' }),
      awaitReturned: async () => ({ kind: 'failed', cause: 'image is gone' }),
      whatRuns: async () => ({
        taskDefinitionArn: 'arn:td/shop:2',
        commit: 'c',
        release: 'r',
        verified: false,
        inFlight: null,
        digests: {},
      }),
    });
    const request = freshRequest();
    expect((await outcomeOf(await start(request))).outcome).toBe('rollback-failed');
    const environment = bench.server.client.workflow.getHandle(environmentId(request.project, 'production'));
    await waitFor('the hold', async () => (await environment.query<{ hold?: object }>('state')).hold);

    bench.renew();
    const next = await start({ ...request, commit: 'd'.repeat(40) });
    await waitFor('the next release to wait', async () =>
      (await statusOf(next)).phases.find(({ detail }) => detail.includes('on hold')),
    );
    await environment.signal('resolve', { by: 'ann', reason: 'looked' });
    expect((await outcomeOf(next)).outcome).toBe('released');
  });

  it('is superseded, not fought, when somebody else deploys', async () => {
    bench.world.on({
      awaitStable: async () => ({ kind: 'superseded', cause: 'ecs-svc/9 took its place' }),
      beginReturn: async () => ({ kind: 'superseded', cause: 'ecs-svc/9 took its place' }),
    });
    expect((await outcomeOf(await start(freshRequest()))).outcome).toBe('superseded');
    expect(bench.world.count('awaitReturned')).toBe(0);
  });
});

describe('a commit older than what runs', () => {
  const olderWorld = (request: ReleaseRequest): void => {
    bench.world.on({
      captureBaseline: async () => ({
        kind: 'baseline',
        baseline: {
          service: 'api',
          taskDefinitionArn: 'arn:td/shop:1',
          digests: {},
          desiredCount: 2,
          commit: 'f'.repeat(40),
        },
      }),
      compareCommits: async ({ commit }) => ({ newer: commit === request.commit }),
    });
  };

  it('is superseded', async () => {
    const request = freshRequest();
    olderWorld(request);
    expect((await outcomeOf(await start(request))).outcome).toBe('superseded');
    expect(bench.world.count('updateService')).toBe(0);
  });

  it('is deployed when somebody gave a reason', async () => {
    const request = freshRequest({ allowOlder: 'incident 7' });
    olderWorld(request);
    expect(await outcomeOf(await start(request))).toMatchObject({
      outcome: 'released',
      cause: expect.stringContaining('it went back from ffffffffffff: incident 7') as string,
    });
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
