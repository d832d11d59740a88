import { judgeReturn, nextReturnStep } from '../../model/return';
import type { ArrivalSnapshot, ReturnSnapshot } from '../../model/return';
import type { DeploymentView, ServiceDeploymentView, ServiceView } from '../../model/service-view';
import type { Baseline } from '../../model/target';

const deployment = {
  service: 'api',
  taskDefinitionArn: 'td/api:2',
  deploymentId: 'ecs-svc/2',
  serviceDeploymentArn: 'sd/2',
};
const baseline: Baseline = { service: 'api', taskDefinitionArn: 'td/api:1', digests: { app: 'old' }, desiredCount: 1 };

function service(taskDefinition: number, rolloutState = 'COMPLETED', more: Partial<DeploymentView> = {}): ServiceView {
  const primary: DeploymentView = {
    id: `ecs-svc/${taskDefinition}`,
    status: 'PRIMARY',
    taskDefinitionArn: `td/api:${taskDefinition}`,
    rolloutState,
    desiredCount: 1,
    runningCount: 1,
    pendingCount: 0,
    failedTasks: 0,
    createdAt: 0,
    ...more,
  };
  return {
    service: 'api',
    cluster: 'production',
    region: 'eu-west-1',
    status: 'ACTIVE',
    controller: 'ECS',
    strategy: 'ROLLING',
    desiredCount: 1,
    runningCount: 1,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    breaker: { enabled: false, rollback: false },
    deployments: [primary],
    events: [],
  };
}

const of = (target: number, status: string, rollbackTo?: number): ServiceDeploymentView => ({
  arn: `sd/${target}`,
  status,
  createdAt: 0,
  targetTaskDefinitionArn: `td/api:${target}`,
  ...(rollbackTo === undefined ? {} : { rollback: { taskDefinitionArn: `td/api:${rollbackTo}` } }),
});

describe('the next step home', () => {
  const look = (
    primary: ServiceView,
    ours: ServiceDeploymentView | null,
    newest = ours,
    tags = {},
  ): ReturnSnapshot => ({
    service: primary,
    ours,
    newest,
    primaryTags: tags,
  });
  it.each<[string, ReturnSnapshot, string]>([
    ['ours in progress', look(service(2, 'IN_PROGRESS'), of(2, 'IN_PROGRESS')), 'stop'],
    ['ours pending', look(service(2, 'IN_PROGRESS'), of(2, 'PENDING')), 'stop'],
    ['ours asked to roll back', look(service(2, 'IN_PROGRESS'), of(2, 'ROLLBACK_REQUESTED')), 'follow'],
    ['ours succeeded', look(service(2), of(2, 'SUCCESSFUL')), 'update'],
    ['ours failed and left so', look(service(2, 'FAILED'), of(2, 'STOPPED')), 'update'],
    ['ours, whose rollback failed', look(service(2, 'FAILED'), of(2, 'ROLLBACK_FAILED')), 'update'],
    ['ours, on a service without service deployments', look(service(2, 'IN_PROGRESS'), null), 'update'],
    [
      'ours, forced anew by somebody',
      look(service(2, 'IN_PROGRESS', { id: 'ecs-svc/9' }), of(2, 'STOPPED'), { ...of(2, 'IN_PROGRESS'), arn: 'sd/9' }),
      'stop',
    ],
    ['ECS on its way to the baseline', look(service(1, 'IN_PROGRESS'), of(2, 'ROLLBACK_IN_PROGRESS', 1)), 'follow'],
    ['ECS back on the baseline', look(service(1), of(2, 'ROLLBACK_SUCCESSFUL', 1)), 'nothing'],
    [
      'our own update home in progress',
      look(service(1, 'IN_PROGRESS'), of(2, 'SUCCESSFUL'), of(1, 'IN_PROGRESS')),
      'follow',
    ],
    ['a return to the baseline that failed', look(service(1, 'FAILED'), of(2, 'ROLLBACK_FAILED', 1)), 'update'],
    ['ECS on its way elsewhere', look(service(0, 'IN_PROGRESS'), of(2, 'ROLLBACK_IN_PROGRESS', 0)), 'follow'],
    ['ECS settled elsewhere', look(service(0), of(2, 'ROLLBACK_SUCCESSFUL', 0)), 'update'],
    ['a deployment of somebody else', look(service(3, 'IN_PROGRESS'), of(2, 'STOPPED'), of(3, 'IN_PROGRESS')), 'leave'],
    ['a settled deployment of somebody else', look(service(3), of(2, 'SUCCESSFUL'), of(3, 'SUCCESSFUL')), 'leave'],
    [
      "somebody else's after ECS's rollback",
      look(service(3), of(2, 'ROLLBACK_SUCCESSFUL', 1), of(3, 'SUCCESSFUL')),
      'leave',
    ],
    [
      'the pinned copy of the baseline',
      look(service(4), of(2, 'SUCCESSFUL'), of(4, 'SUCCESSFUL'), { pinned: 'td/api:1' }),
      'nothing',
    ],
  ])('%s → %s', (_title, snapshot, step) => {
    expect(nextReturnStep(snapshot, baseline, deployment).do).toBe(step);
  });

  it('is told by our tags where the deployment is not known', () => {
    const tags = { release: 'r', baseline: 'td/api:1' };
    expect(nextReturnStep(look(service(2), null, of(2, 'SUCCESSFUL'), tags), baseline, null).do).toBe('update');
    expect(nextReturnStep(look(service(2), null, of(2, 'IN_PROGRESS'), tags), baseline, null)).toEqual({
      do: 'stop',
      serviceDeploymentArn: 'sd/2',
    });
    const others = { ...tags, baseline: 'td/api:0' };
    expect(nextReturnStep(look(service(2), null, of(2, 'SUCCESSFUL'), others), baseline, null).do).toBe('leave');
  });
});

describe('on the way home', () => {
  const running = (number: number) => ({
    arn: 'task/1',
    taskDefinitionArn: `td/api:${number}`,
    startedBy: `ecs-svc/${number}`,
    lastStatus: 'RUNNING',
    containers: [],
  });
  const unpullable = {
    ...running(1),
    lastStatus: 'STOPPED',
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'CannotPullContainerError: not found',
  };
  const arrival = (more: Partial<ArrivalSnapshot>): ArrivalSnapshot => ({
    service: service(1),
    ours: null,
    newest: null,
    primaryTags: {},
    tasks: [running(1)],
    digests: { app: 'old' },
    ...more,
  });
  it.each<[string, Partial<ArrivalSnapshot>, number, string | null]>([
    ['home and manned', {}, 0, 'returned'],
    ['home, digests not told', { digests: {} }, 0, 'returned'],
    ['home, no task yet', { tasks: [] }, 0, null],
    ['home, still rolling', { service: service(1, 'IN_PROGRESS') }, 0, null],
    ['home, while the rollback is not over', { newest: of(2, 'ROLLBACK_IN_PROGRESS', 1) }, 0, null],
    ['home with other digests, first look', { digests: { app: 'new' } }, 0, null],
    ['home with other digests, third look', { digests: { app: 'new' } }, 2, 'elsewhere'],
    ['home, but the rollout failed', { service: service(1, 'FAILED') }, 2, 'elsewhere'],
    ['settled elsewhere, first look', { service: service(2) }, 0, null],
    ['settled elsewhere, third look', { service: service(2) }, 2, 'elsewhere'],
    [
      'the baseline cannot be pulled any more',
      { service: service(1, 'IN_PROGRESS'), tasks: [unpullable] },
      0,
      'failed',
    ],
    ['the service is deleted', { service: { ...service(1), status: 'DRAINING' } }, 0, 'failed'],
    [
      'on the pinned copy',
      { service: service(4), primaryTags: { pinned: 'td/api:1' }, tasks: [running(4)] },
      0,
      'returned',
    ],
  ])('%s', (_title, snapshot, looks, end) => {
    expect(judgeReturn(arrival(snapshot), baseline, looks).end?.kind ?? null).toBe(end);
  });
});
