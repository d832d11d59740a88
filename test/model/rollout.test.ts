import { judgeRollout, NOTHING_SEEN, timeIsOver } from '../../model/rollout';
import type { RolloutMemory, RolloutQuestion, RolloutSnapshot } from '../../model/rollout';
import type { DeploymentView, ServiceDeploymentView, ServiceView, TaskView } from '../../model/service-view';
import type { RolloutEnd } from '../../model/target';

const OURS = 'ecs-svc/2';
const OLD = 'ecs-svc/1';
const FOREIGN = 'ecs-svc/3';
const revision = (number: number) => `arn:aws:ecs:eu-west-1:1:task-definition/api:${number}`;

const question: RolloutQuestion = {
  deployment: { service: 'api', taskDefinitionArn: revision(2), deploymentId: OURS, serviceDeploymentArn: 'arn:sd/2' },
  container: 'app',
  digests: ['sha256:new'],
  failAfterStops: 2,
  allowZeroTasks: false,
};

function deployment(id: string, more: Partial<DeploymentView> = {}): DeploymentView {
  return {
    id,
    status: 'PRIMARY',
    taskDefinitionArn: revision(Number(id.slice(-1))),
    rolloutState: 'IN_PROGRESS',
    desiredCount: 2,
    runningCount: 0,
    pendingCount: 0,
    failedTasks: 0,
    createdAt: 0,
    ...more,
  };
}

const ours = (more: Partial<DeploymentView> = {}) => deployment(OURS, more);
const old = (more: Partial<DeploymentView> = {}) =>
  deployment(OLD, { status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 2, ...more });

function service(deployments: DeploymentView[], more: Partial<ServiceView> = {}): ServiceView {
  return {
    service: 'api',
    cluster: 'production',
    region: 'eu-west-1',
    status: 'ACTIVE',
    controller: 'ECS',
    strategy: 'ROLLING',
    desiredCount: 2,
    runningCount: 2,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    breaker: { enabled: false, rollback: false },
    deployments,
    events: [],
    ...more,
  };
}

const is = (status: string, more: Partial<ServiceDeploymentView> = {}): ServiceDeploymentView => ({
  arn: 'arn:sd/2',
  status,
  createdAt: 0,
  targetTaskDefinitionArn: revision(2),
  ...more,
});

let count = 0;
function task(more: Partial<TaskView> = {}, digest: string | null = 'sha256:new'): TaskView {
  count += 1;
  const container = { name: 'app', lastStatus: 'RUNNING', ...(digest === null ? {} : { digest }) };
  return {
    arn: `arn:task/t${count}`,
    taskDefinitionArn: revision(2),
    startedBy: OURS,
    lastStatus: 'RUNNING',
    containers: [container],
    ...more,
  };
}

function stopped(
  stopCode: string,
  stoppedReason: string,
  container: { exitCode?: number; reason?: string } = {},
  more = {},
) {
  const containers = [{ name: 'app', lastStatus: 'STOPPED', ...container }];
  return task({ lastStatus: 'STOPPED', stopCode, stoppedReason, containers, ...more });
}

const exited = (exitCode = 1, more = {}) =>
  stopped('EssentialContainerExited', 'Essential container in task exited', { exitCode }, more);

const rolling = service([ours(), old()]);
const done = service([ours({ rolloutState: 'COMPLETED', runningCount: 2 })]);

interface Case {
  title: string;
  see: Partial<RolloutSnapshot>;
  ask?: Partial<RolloutQuestion>;
  before?: Partial<RolloutMemory>;
  /** The kind of the end, null for none yet. */
  end: RolloutEnd['kind'] | null;
  cause?: RegExp;
}

const cases: Case[] = [
  // Too early to tell
  { title: 'rolls, with old tasks still running', see: { service: rolling, ours: is('IN_PROGRESS') }, end: null },
  { title: 'waits to begin', see: { service: rolling, ours: is('PENDING') }, end: null },
  {
    title: 'has all tasks running, but ECS has not said that it succeeded (alarms still watched)',
    see: { service: service([ours({ runningCount: 2 })]), ours: is('IN_PROGRESS'), tasks: [task(), task()] },
    end: null,
  },
  {
    title: 'says COMPLETED in the list of deployments while the service deployment is still in progress',
    see: { service: done, ours: is('IN_PROGRESS'), tasks: [task(), task()] },
    end: null,
  },
  {
    title: 'is not yet to be seen just after the update',
    see: { service: service([old({ status: 'PRIMARY' })]), ours: null },
    end: null,
  },
  { title: 'was asked to stop', see: { service: rolling, ours: is('STOP_REQUESTED') }, end: null },
  // Success
  {
    title: 'succeeded and every task carries our digest',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task(), task()] },
    end: 'succeeded',
  },
  {
    title: 'succeeded, but fewer tasks run than are wanted',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task()] },
    end: null,
  },
  {
    title: 'succeeded, but a task carries another digest',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task(), task({}, 'sha256:old')] },
    end: 'failed',
    cause: /carries sha256:old instead of sha256:new/,
  },
  {
    title: 'succeeded with a manifest that our index lists',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task({}, 'sha256:amd64'), task({}, 'sha256:amd64')] },
    ask: { digests: ['sha256:new', 'sha256:amd64'] },
    end: 'succeeded',
  },
  {
    title: 'succeeded, and tasks that tell no digest run the revision that ECS pinned',
    see: {
      service: done,
      ours: is('SUCCESSFUL'),
      tasks: [task({}, null), task({}, null)],
      revisionDigests: { app: 'sha256:new' },
    },
    end: 'succeeded',
  },
  {
    title: 'succeeded, but nothing tells a digest',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task({}, null), task({}, null)] },
    end: null,
  },
  {
    title: 'succeeded where no digest is asked for',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task({}, null), task({}, null)] },
    ask: { digests: null },
    end: 'succeeded',
  },
  {
    title: 'completed on a service without service deployments',
    see: { service: done, ours: null, tasks: [task(), task()] },
    end: 'succeeded',
  },
  {
    title: 'succeeded with no task wanted any more',
    see: { service: service([ours()], { desiredCount: 0 }), ours: is('SUCCESSFUL') },
    end: 'failed',
    cause: /wants no tasks any more/,
  },
  {
    title: 'succeeded with no task wanted, which is allowed',
    see: { service: service([ours()], { desiredCount: 0 }), ours: is('SUCCESSFUL') },
    ask: { allowZeroTasks: true },
    end: 'succeeded',
  },
  {
    title: 'succeeded after one task that failed',
    see: { service: done, ours: is('SUCCESSFUL'), tasks: [task(), task(), exited()] },
    end: 'succeeded',
  },
  // ECS took it back
  ...['ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'].map((status): Case => ({
    title: `is ${status}`,
    see: {
      service: service([old({ status: 'PRIMARY' }), ours({ status: 'ACTIVE', rolloutState: 'FAILED' })]),
      ours: is(status, { rollback: { reason: 'the circuit breaker', taskDefinitionArn: revision(1) } }),
      tasks: [exited(3)],
    },
    end: 'rolled-back',
    cause: new RegExp(`${status}\\): the circuit breaker; task t\\d+ stopped .*exit code 3`),
  })),
  {
    title: 'failed beside another primary, on a service without service deployments',
    see: {
      service: service([
        old({ status: 'PRIMARY', rolloutReason: 'rolling back to deploymentId ecs-svc/1' }),
        ours({ status: 'ACTIVE', rolloutState: 'FAILED', rolloutReason: 'tasks failed to start.' }),
      ]),
      ours: null,
    },
    end: 'rolled-back',
    // Without ECS's full stop: the sentence goes on with where the service is now.
    cause: /: tasks failed to start$/,
  },
  {
    title: 'is gone, and the primary says that ECS rolls back',
    see: {
      service: service([old({ status: 'PRIMARY', rolloutReason: 'circuit breaker: rolling back to deploymentId' })]),
      ours: null,
    },
    before: { looksReplaced: 2 },
    end: 'rolled-back',
  },
  // Given up, superseded, deleted
  {
    title: 'failed, and nobody takes it back',
    see: {
      service: service([ours({ rolloutState: 'FAILED', rolloutReason: 'tasks failed to start.' }), old()]),
      ours: is('STOPPED'),
    },
    end: 'failed',
    cause: /gave the deployment up: tasks failed to start/,
  },
  {
    title: 'was stopped by an order',
    see: { service: service([ours(), old()]), ours: is('STOPPED', { statusReason: 'stopped by user' }) },
    end: 'failed',
    cause: /stopped by user/,
  },
  {
    title: 'stands beside another primary at the first look',
    see: { service: service([deployment(FOREIGN), ours({ status: 'ACTIVE' })]), ours: is('STOPPED') },
    end: null,
  },
  {
    title: 'stands beside another primary at the third look',
    see: { service: service([deployment(FOREIGN), ours({ status: 'ACTIVE' })]), ours: is('STOPPED') },
    before: { looksReplaced: 2 },
    end: 'superseded',
    cause: /another deployment \(ecs-svc\/3 of api:3\) took the place of ours \(ecs-svc\/2\)/,
  },
  {
    title: 'is gone without a trace',
    see: { service: service([deployment(FOREIGN, { rolloutState: 'COMPLETED' })]), ours: null },
    before: { looksReplaced: 2 },
    end: 'superseded',
  },
  {
    title: 'succeeded, but a later deployment stands in its place',
    see: { service: service([deployment(FOREIGN)]), ours: is('SUCCESSFUL'), tasks: [task(), task()] },
    before: { looksReplaced: 2 },
    end: 'superseded',
  },
  {
    title: 'was replaced by a forced deployment of the same revision',
    see: { service: service([deployment(FOREIGN, { taskDefinitionArn: revision(2) })]), ours: is('STOPPED') },
    before: { looksReplaced: 2 },
    end: 'superseded',
    cause: /of the same revision/,
  },
  { title: 'belongs to a service that is gone', see: { service: null }, end: 'failed', cause: /the service is gone/ },
  {
    title: 'belongs to a service that drains',
    see: { service: service([ours()], { status: 'DRAINING' }) },
    end: 'failed',
    cause: /DRAINING/,
  },
  // Evidence, at once
  ...[
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref: not found',
    'ResourceInitializationError: unable to pull secrets: AccessDeniedException',
    'CannotStartContainerError: exec: "nope": executable file not found',
    'CannotCreateContainerError: bad mount',
  ].map((reason): Case => ({
    title: `lost a task to ${reason.slice(0, 26)}`,
    see: { service: rolling, ours: is('IN_PROGRESS'), tasks: [stopped('TaskFailedToStart', reason)] },
    ask: { failAfterStops: 99 },
    end: 'failed',
    cause: /TaskFailedToStart: /,
  })),
  {
    title: 'runs an image for another architecture, which only its output tells',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [exited(1, { logTail: ['exec /app: exec format error'] })],
    },
    ask: { failAfterStops: 99 },
    end: 'failed',
    cause: /last output: exec \/app: exec format error/,
  },
  // Evidence, counted
  {
    title: 'lost one task to its own exit',
    see: { service: rolling, ours: is('IN_PROGRESS'), tasks: [exited()] },
    end: null,
  },
  {
    title: 'lost two tasks to their own exits',
    see: { service: rolling, ours: is('IN_PROGRESS'), tasks: [exited(), exited(137)] },
    end: 'failed',
    cause: /2 new tasks failed; the last: .*exit code 137/,
  },
  {
    title: 'lost two tasks to clean exits, which a service must not make',
    see: { service: rolling, ours: is('IN_PROGRESS'), tasks: [exited(0), exited(0)] },
    end: 'failed',
  },
  {
    title: 'lost one task now and one that ECS shows no more',
    see: { service: rolling, ours: is('IN_PROGRESS'), tasks: [exited()] },
    before: { stops: { 'arn:task/earlier': exited() } },
    end: 'failed',
  },
  {
    title: 'lost two tasks to failing container health checks',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [1, 2].map(() => stopped('ServiceSchedulerInitiated', 'Task failed container health checks')),
    },
    end: 'failed',
    cause: /Task failed container health checks/,
  },
  {
    title: 'lost two tasks to failing checks of the load balancer',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [1, 2].map(() =>
        stopped('ServiceSchedulerInitiated', 'Task failed ELB health checks in (target-group arn)'),
      ),
    },
    end: 'failed',
  },
  {
    title: 'lost one task to a registry that did not answer in time',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [stopped('TaskFailedToStart', 'CannotPullContainerError: dial tcp: i/o timeout')],
    },
    end: null,
  },
  // Not evidence
  {
    title: 'lost tasks to scaling, Spot, maintenance, people and want of capacity',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [
        stopped('ServiceSchedulerInitiated', 'Scaling activity initiated by (deployment ecs-svc/2)', { exitCode: 143 }),
        stopped('SpotInterruption', 'Your Spot Task was interrupted.', { exitCode: 137 }),
        stopped('TerminationNotice', 'ECS is performing maintenance'),
        stopped('InfrastructureHealth', 'host degraded'),
        stopped('UserInitiated', 'Task stopped by user', { exitCode: 137 }),
        stopped('TaskFailedToStart', 'Capacity is unavailable at this time.'),
      ],
    },
    ask: { failAfterStops: 1 },
    end: null,
  },
  {
    title: 'sees tasks of other deployments fail',
    see: {
      service: rolling,
      ours: is('IN_PROGRESS'),
      tasks: [exited(1, { startedBy: OLD }), exited(1, { startedBy: OLD })],
    },
    end: null,
  },
];

describe('a rollout of ours that', () => {
  it.each(cases)('$title → $end', ({ see, ask, before, end, cause }) => {
    const snapshot: RolloutSnapshot = { service: rolling, ours: null, tasks: [], revisionDigests: {}, ...see };
    const judged = judgeRollout(snapshot, { ...question, ...ask }, { ...NOTHING_SEEN, ...before });
    expect(judged.end?.kind ?? null).toBe(end);
    if (cause) expect((judged.end as { cause: string }).cause).toMatch(cause);
  });
});

it('tells the revision that ECS returned to', () => {
  const back = is('ROLLBACK_SUCCESSFUL', { rollback: { taskDefinitionArn: revision(1) } });
  const snapshot = { service: service([old({ status: 'PRIMARY' })]), ours: back, tasks: [], revisionDigests: {} };
  expect(judgeRollout(snapshot, question, NOTHING_SEEN).end).toMatchObject({ taskDefinitionArn: revision(1) });
});

it('counts each stopped task once, however often it is seen', () => {
  const snapshot = { service: rolling, ours: is('IN_PROGRESS'), tasks: [exited()], revisionDigests: {} };
  let memory = NOTHING_SEEN;
  for (let look = 0; look < 5; look += 1) {
    const judged = judgeRollout(snapshot, question, memory);
    expect(judged.end).toBeNull();
    memory = judged.memory;
  }
  expect(Object.keys(memory.stops)).toHaveLength(1);
});

it('forgets a look at which ECS lagged behind', () => {
  const lagging = { service: service([old({ status: 'PRIMARY' })]), ours: null, tasks: [], revisionDigests: {} };
  const { memory } = judgeRollout(lagging, question, { looksReplaced: 1, stops: {} });
  expect(memory.looksReplaced).toBe(2);
  expect(judgeRollout({ ...lagging, service: rolling }, question, memory).memory.looksReplaced).toBe(0);
});

it('says how far it is, with what ECS complains of, and keeps that as the cause when the time is over', () => {
  const events = ['(service api) was unable to place a task because no instance met all of its requirements.'];
  const tasks = [task(), task({ startedBy: OLD }, 'sha256:old')];
  const snapshot = { service: { ...rolling, events }, ours: is('IN_PROGRESS'), tasks, revisionDigests: {} };
  const { progress } = judgeRollout(snapshot, question, NOTHING_SEEN);
  expect(progress).toBe(
    '1 of 2 new tasks running, 1 old; 0 failed; deployment IN_PROGRESS; ECS says: (service api) was unable to place a task because no instance met all of its requirements',
  );
  expect(timeIsOver(90_000, progress)).toEqual({ kind: 'failed', cause: `not stable within 90 s: ${progress}` });
});
