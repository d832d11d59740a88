import { objectionsTo } from '../../model/preflight';
import type { PreflightQuestion } from '../../model/preflight';
import type { ServiceView } from '../../model/service-view';

const service: ServiceView = {
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
  breaker: { enabled: true, rollback: true },
  deployments: [],
  events: [],
};
const question: PreflightQuestion = {
  container: 'app',
  containers: ['app'],
  allowZeroTasks: false,
  requireCircuitBreaker: true,
};

it.each<[string, Partial<ServiceView>, Partial<PreflightQuestion>, RegExp | null]>([
  ['nothing is wrong', {}, {}, null],
  ['another controller', { controller: 'CODE_DEPLOY' }, {}, /controller CODE_DEPLOY/],
  ['another strategy', { strategy: 'BLUE_GREEN' }, {}, /strategy BLUE_GREEN/],
  ['an unknown container', {}, { container: 'web' }, /no container "web".*only "app"/],
  ['no task wanted', { desiredCount: 0 }, {}, /wants 0 tasks/],
  ['no task wanted, allowed', { desiredCount: 0 }, { allowZeroTasks: true }, null],
  ['no room: 100 and 100', { maximumPercent: 100 }, {}, /can never replace a task/],
  [
    'no room: 3 tasks and 125 %, rounded down',
    { desiredCount: 3, maximumPercent: 125 },
    {},
    /can never replace a task/,
  ],
  ['room: 4 tasks and 125 %', { desiredCount: 4, maximumPercent: 125 }, {}, null],
  ['room downwards', { minimumHealthyPercent: 50, maximumPercent: 100 }, {}, null],
  [
    'no room: 1 task and 50 %, rounded up',
    { desiredCount: 1, minimumHealthyPercent: 50, maximumPercent: 100 },
    {},
    /can never replace a task/,
  ],
  ['no breaker', { breaker: { enabled: false, rollback: false } }, {}, /no deployment circuit breaker/],
  ['a breaker without rollback', { breaker: { enabled: true, rollback: false } }, {}, /no deployment circuit breaker/],
  [
    'no breaker, none asked for',
    { breaker: { enabled: false, rollback: false } },
    { requireCircuitBreaker: false },
    null,
  ],
  ['another architecture', {}, { platform: 'linux/arm64' }, /runs on X86_64, and the image is built for linux\/arm64/],
  ['the same architecture', {}, { platform: 'linux/arm64', architecture: 'ARM64' }, null],
])('%s', (_title, view, asked, objection) => {
  const found = objectionsTo({ ...service, ...view }, { ...question, ...asked });
  expect(found).toHaveLength(objection === null ? 0 : 1);
  if (objection) expect(found[0]).toMatch(objection);
});
