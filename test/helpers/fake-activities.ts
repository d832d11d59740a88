import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { ApprovalActivities } from '../../activities/approvals/activities';
import type { EcsActivities } from '../../activities/ecs/activities';
import type { GateActivities } from '../../activities/gates/activities';
import type { HealthActivities } from '../../activities/health/activities';
import type { ImageActivities } from '../../activities/image/activities';
import type { NotifyActivities } from '../../activities/notify/activities';
import { createReportingActivities } from '../../activities/notify/reporting';
import type { ReportingActivities } from '../../activities/notify/reporting';
import type { SourceActivities } from '../../activities/source/activities';
import { createTurnActivities } from '../../activities/turns/activities';
import { NOTHING_BETWEEN } from '../../model/approval/between';
import type { ServiceTarget } from '../../model/target';
import { plan } from './requests';

export type Effects = EcsActivities &
  GateActivities &
  HealthActivities &
  ImageActivities &
  SourceActivities &
  ApprovalActivities &
  NotifyActivities &
  Pick<ReportingActivities, 'isReported'>;

export interface FakeActivities {
  /** Names of the effects in the order in which they were asked for. */
  calls: string[];
  /** How often one effect was asked for. */
  count(name: keyof Effects): number;
  activities: () => object;
  /** Changes what an effect answers from now on. */
  on(effects: Partial<Effects>): void;
}

const refOf = ({ service }: ServiceTarget, taskDefinitionArn = 'arn:td/shop:2') => ({
  service: service.service,
  taskDefinitionArn,
  deploymentId: 'ecs-svc/1',
});

/** A world in which every effect succeeds at once. Questions between workflows are real. */
export function fakeActivities(overrides: Partial<Effects> = {}): FakeActivities {
  const calls: string[] = [];
  let effects: Effects = {
    admit: async (request) =>
      plan({
        purpose: request.purpose,
        commit: request.commit,
        project: request.project,
        repository: request.repository,
      }),
    compareCommits: async () => ({ newer: false }),
    changesBetween: async () => NOTHING_BETWEEN,
    verifyDecision: async () => ({ verified: true }),
    runGate: async ({ gate }) => ({ gate: gate.name, verdict: 'passed', cause: 'fine', durationMs: 1, tail: '' }),
    removeWorkspace: async () => undefined,
    findImage: async () => null,
    buildImage: async ({ commit }) => ({
      repositoryUri: 'registry/shop',
      tag: commit,
      digest: 'sha256:1',
      reference: 'registry/shop@sha256:1',
      reused: false,
    }),
    packageOnly: async () => ({ digest: 'sha256:1' }),
    inspectTargets: async () => undefined,
    captureBaseline: async ({ target }) => ({
      kind: 'baseline',
      baseline: {
        service: target.service.service,
        taskDefinitionArn: 'arn:td/shop:1',
        digests: { api: 'sha256:0' },
        desiredCount: 2,
      },
    }),
    previewRevision: async () => ({ fingerprint: 'one', changes: ['image: 0 -> 1'] }),
    registerRevision: async () => ({ taskDefinitionArn: 'arn:td/shop:2', registered: true }),
    updateService: async ({ target, taskDefinitionArn }) => refOf(target, taskDefinitionArn),
    awaitStable: async () => ({ kind: 'succeeded', digests: { api: 'sha256:1' } }),
    awaitSettled: async () => ({ settled: true, cause: '' }),
    beginReturn: async ({ target, baseline }) => ({
      kind: 'following',
      deployment: refOf(target, baseline.taskDefinitionArn),
    }),
    awaitReturned: async () => ({ kind: 'returned' }),
    markVerified: async () => undefined,
    whatRuns: async () => ({
      taskDefinitionArn: 'arn:td/shop:1',
      commit: null,
      release: null,
      verified: false,
      inFlight: null,
      digests: {},
    }),
    inspectRollback: async () => ({
      findings: [{ what: 'api: image', good: true, said: 'it is there' }],
      imageReference: 'registry/shop@sha256:1',
    }),
    lookBeforeRollback: async ({ target }) => ({
      kind: 'stands',
      baseline: {
        service: target.service.service,
        taskDefinitionArn: 'arn:td/shop:9',
        digests: { api: 'sha256:9' },
        desiredCount: 2,
      },
    }),
    stopRolling: async () => ({ stopped: true }),
    deployVerified: async ({ target, taskDefinitionArn }) => refOf(target, taskDefinitionArn),
    checkHealth: async () => ({ healthy: true, cause: 'it answers' }),
    isReported: async () => false,
    setCommitStatus: async () => undefined,
    openGitHubDeployment: async () => 1,
    setGitHubDeploymentStatus: async () => undefined,
    ...overrides,
  };
  const recorded = Object.fromEntries(
    Object.keys(effects).map((name) => [
      name,
      (...args: unknown[]): unknown => {
        calls.push(name);
        return (effects[name as keyof Effects] as (...given: unknown[]) => unknown)(...args);
      },
    ]),
  );
  return {
    calls,
    count: (name) => calls.filter((call) => call === name).length,
    activities: () => ({ ...createReportingActivities({ reports: true }), ...recorded, ...createTurnActivities() }),
    on(changed) {
      effects = { ...effects, ...changed };
    },
  };
}

/** An effect that goes on until it is cancelled, heartbeating as a real one does. */
export function untilCancelled(): Promise<never> {
  return heartbeatingUntil(new Promise<never>(() => undefined));
}

/** An effect that ends when the test says so. */
export function held<T>(): { effect: () => Promise<T>; finish: (value: T) => void; begun: Promise<void> } {
  let finish!: (value: T) => void;
  let begin!: () => void;
  const ended = new Promise<T>((resolve) => (finish = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const effect = (): Promise<T> => {
    begin();
    return heartbeatingUntil(ended);
  };
  return { effect, finish, begun };
}

async function heartbeatingUntil<T>(ended: Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat('held by the test'), 100);
  const signal = cancellationSignal();
  const cancelled = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([ended, cancelled]);
  } finally {
    clearInterval(timer);
  }
}
