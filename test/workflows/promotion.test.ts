import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ReleaseStatus } from '../../model/messages';
import type { EnvironmentSpec, ReleaseRequest } from '../../model/plan';
import type { RunningRevision } from '../../model/target';
import type { Effects } from '../helpers/fake-activities';
import { freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();
const OTHER = 'f'.repeat(40);
const LONG_MS = 3_600_000;

/** staging, production and then canary. */
function inOrder(...more: Partial<EnvironmentSpec>[]): Effects['admit'] {
  const names = ['staging', 'production', 'canary'];
  return async ({ commit, project }) =>
    plan({ commit, project, environments: more.map((one, index) => environmentSpec({ name: names[index]!, ...one })) });
}

const running = (commit: string | null): RunningRevision => ({
  ...{ taskDefinitionArn: 'arn:td/shop:9', commit, release: null, verified: true, inFlight: null, digests: {} },
});

/** Environments in which services were changed, in order, with the image of each. */
let changed: string[];
/** Environments that were asked whether they are healthy. */
let asked: string[];

beforeEach(() => {
  changed = [];
  asked = [];
  bench.world.on({
    registerRevision: async (input) => {
      changed.push(`${input.target.scope.environment}: ${input.permit.image.digest}`);
      return { taskDefinitionArn: 'arn:td/shop:2', registered: true };
    },
    checkHealth: async ({ target }) => {
      asked.push(target.scope.environment);
      return { healthy: true, cause: 'it answers' };
    },
  });
});

function soaking(handle: WorkflowHandle): Promise<ReleaseStatus['phases'][number]> {
  return waitFor('the release to soak', async () =>
    (await statusOf(handle)).phases.find(({ phase, state }) => phase === 'soak' && state === 'running'),
  );
}

describe('one release through several environments', () => {
  it('brings the same digest to each, in order, and says what became of each', async () => {
    bench.world.on({ admit: inOrder({}, { soakMs: 200 }, {}) });
    const handle = await bench.start(freshRequest());
    const outcome = await outcomeOf(handle);
    expect(outcome).toMatchObject({
      outcome: 'released',
      digest: 'sha256:1',
      environments: [
        { environment: 'staging', outcome: 'released' },
        { environment: 'production', outcome: 'released' },
        { environment: 'canary', outcome: 'released' },
      ],
    });
    expect(changed).toEqual(['staging: sha256:1', 'production: sha256:1', 'canary: sha256:1']);
    expect(bench.world.count('buildImage')).toBe(1);
  });

  it('is asked in staging once more after its soak, before production is touched', async () => {
    bench.world.on({ admit: inOrder({}, { soakMs: 200 }) });
    const handle = await bench.start(freshRequest());
    await outcomeOf(handle);
    expect(asked).toEqual(['staging', 'staging', 'production']);
    const phases = (await statusOf(handle)).phases.map(({ phase, environment }) => `${phase} ${environment ?? ''}`);
    expect(phases.slice(-3)).toEqual(['turn staging', 'soak production', 'turn production']);
  });

  it('soaks with an approval of its own only afterwards: nobody is asked about what may still go bad', async () => {
    bench.world.on({ admit: inOrder({}, { soakMs: 500, approval: { minimum: 1, expiresMs: LONG_MS } }) });
    const handle = await bench.start(freshRequest());
    await soaking(handle);
    expect((await statusOf(handle)).waitingForApproval).toBeUndefined();
    await waitFor('people to be asked', async () => (await statusOf(handle)).waitingForApproval);
    expect(asked).toEqual(['staging', 'staging']);
    await handle.signal('approve', { by: 'ann' });
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('keeps to its budget of events', async () => {
    bench.world.on({ admit: inOrder({}, { soakMs: 100 }) });
    const handle = await bench.start(freshRequest());
    await outcomeOf(handle);
    expect((await handle.describe()).historyLength).toBeLessThanOrEqual(60 + 2 * 7 + 2 * 25);
  });

  it('does not soak before the first environment: nothing runs earlier', async () => {
    bench.world.on({ admit: inOrder({ soakMs: LONG_MS }) });
    const handle = await bench.start(freshRequest());
    expect((await outcomeOf(handle)).outcome).toBe('released');
  });

  it('shows until when it soaks, and where', async () => {
    bench.world.on({ admit: inOrder({}, { soakMs: LONG_MS }) });
    const handle = await bench.start(freshRequest());
    const phase = await soaking(handle);
    expect(phase.environment).toBe('production');
    const [, until = ''] = /^\w{12} runs in staging until (\S+)$/.exec(phase.detail) ?? [];
    expect(Date.parse(until) - phase.startedAt).toBe(LONG_MS);
    await handle.signal('abort', { by: 'ann' });
    await outcomeOf(handle);
  });
});

interface Row {
  what: string;
  environments: Partial<EnvironmentSpec>[];
  world?: (request: ReleaseRequest) => Partial<Effects>;
  act?: (handle: WorkflowHandle) => Promise<unknown>;
  /** How the second environment ends. */
  outcome: string;
  cause: RegExp;
}

const ROWS: Row[] = [
  {
    what: 'an abort while it soaks',
    environments: [{}, { soakMs: LONG_MS }, {}],
    act: async (handle) => {
      await soaking(handle);
      await handle.signal('abort', { by: 'ann', reason: 'prices are wrong' });
    },
    outcome: 'aborted',
    cause:
      /^staging: released, production: aborted, canary: not reached\. aborted by ann while .*staging first: prices are wrong$/,
  },
  {
    what: "Temporal's own Cancel while it soaks",
    environments: [{}, { soakMs: LONG_MS }],
    act: async (handle) => {
      await soaking(handle);
      await handle.cancel();
    },
    outcome: 'aborted',
    cause: /^staging: released, production: aborted\. aborted by a cancel request in Temporal/,
  },
  {
    what: 'a service that went bad while it soaked',
    environments: [{}, { soakMs: 100 }],
    world: () => {
      let looks = 0;
      return { checkHealth: async () => ({ healthy: ++looks === 1, cause: 'answered 503' }) };
    },
    outcome: 'refused',
    cause: /^staging: released, production: refused\. api did not stay healthy in staging: answered 503$/,
  },
  {
    what: 'a newer commit that took its place in staging meanwhile',
    environments: [{}, { soakMs: 100 }],
    world: () => ({ whatRuns: async () => running(OTHER), compareCommits: async () => ({ newer: true }) }),
    outcome: 'superseded',
    cause: /api in staging runs the newer commit ffffffffffff by now$/,
  },
  {
    what: 'another commit in staging that is not newer: somebody went back',
    environments: [{}, { soakMs: 100 }],
    world: () => ({ whatRuns: async () => running(OTHER), compareCommits: async () => ({ newer: false }) }),
    outcome: 'refused',
    cause: /api in staging runs ffffffffffff by now, not \w{12}$/,
  },
  {
    what: 'an AWS that cannot say whether staging is healthy',
    environments: [{}, { soakMs: 100 }],
    world: () => ({ whatRuns: () => Promise.reject(ApplicationFailure.nonRetryable('no rights', 'AccessDenied')) }),
    outcome: 'undetermined',
    cause: /whether staging is still healthy is not known: no rights/,
  },
  {
    what: 'an approval of production that expires',
    environments: [{}, { soakMs: 50, approval: { minimum: 1, expiresMs: 300 } }],
    outcome: 'not-approved',
    cause: /^staging: released, production: not-approved\. /,
  },
  {
    what: 'people who reject production',
    environments: [{}, { approval: { minimum: 1, expiresMs: LONG_MS } }],
    act: async (handle) => {
      await waitFor('people to be asked', async () => (await statusOf(handle)).waitingForApproval);
      await handle.signal('reject', { by: 'ann', comment: 'not today' });
    },
    outcome: 'not-approved',
    cause: /^staging: released, production: not-approved\. .*not today/,
  },
];

describe('a release that stops on its way to production is partly released, says so one by one, and changes nothing there:', () => {
  it.each(ROWS.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    const request = freshRequest();
    bench.world.on({ admit: inOrder(...row.environments), ...row.world?.(request) });
    const handle = await bench.start(request);
    await row.act?.(handle);
    const outcome = await outcomeOf(handle);
    expect(outcome).toMatchObject({
      outcome: 'partly-released',
      environments: [
        { environment: 'staging', outcome: 'released' },
        { environment: 'production', outcome: row.outcome },
      ],
    });
    expect(outcome.cause).toMatch(row.cause);
    expect(changed).toEqual(['staging: sha256:1']);
    // What runs in staging stays there: nobody asked for it to go back.
    expect(bench.world.count('beginReturn')).toBe(0);
    expect((await statusOf(handle)).phases.some(({ state }) => state === 'running')).toBe(false);
  });

  it('what runs in production is newer already: superseded there, and staging keeps what it has', async () => {
    bench.world.on({
      admit: inOrder({}, {}),
      captureBaseline: async ({ target }) => ({
        kind: 'baseline',
        baseline: {
          ...{ service: 'api', taskDefinitionArn: 'arn:td/shop:1', digests: { api: 'sha256:0' }, desiredCount: 2 },
          ...(target.scope.environment === 'production' && { commit: OTHER }),
        },
      }),
      compareCommits: async ({ running: other }) => ({ newer: other === OTHER }),
    });
    const outcome = await outcomeOf(await bench.start(freshRequest()));
    expect(outcome).toMatchObject({
      outcome: 'partly-released',
      environments: [{ outcome: 'released' }, { environment: 'production', outcome: 'superseded' }],
    });
    expect(changed).toEqual(['staging: sha256:1']);
  });
});

it('replays', () => replayAll(bench.server.client));
