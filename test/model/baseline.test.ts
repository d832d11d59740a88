import { baselineStep } from '../../model/baseline';
import { isUnfinished, readRevisionTags, tagsOfCopy } from '../../model/revision-tags';
import type { RevisionTags } from '../../model/revision-tags';
import type { ServiceView } from '../../model/service-view';

function service(rolloutState: string | undefined): ServiceView {
  const primary = { id: 'ecs-svc/1', status: 'PRIMARY', taskDefinitionArn: 'td', createdAt: 0 };
  const counts = { desiredCount: 1, runningCount: 1, pendingCount: 0, failedTasks: 0 };
  return {
    ...{ service: 'api', cluster: 'c', region: 'r', status: 'ACTIVE', controller: 'ECS', strategy: 'ROLLING' },
    ...{ desiredCount: 1, runningCount: 1, minimumHealthyPercent: 100, maximumPercent: 200, events: [] },
    breaker: { enabled: false, rollback: false },
    deployments: [{ ...primary, ...counts, ...(rolloutState === undefined ? {} : { rolloutState }) }],
  };
}

const OURS: RevisionTags = { release: 'r', commit: 'c', baseline: 'td:1' };
const VERIFIED: RevisionTags = { ...OURS, verified: '2026' };

it.each<[string, string | undefined, string | null, RevisionTags, object]>([
  ["somebody's revision", 'COMPLETED', 'SUCCESSFUL', {}, { take: 'live' }],
  ["somebody's, behind a classic load balancer", undefined, null, {}, { take: 'live' }],
  ['a verified revision of ours', 'COMPLETED', 'SUCCESSFUL', VERIFIED, { take: 'live' }],
  ['a pinned copy of a baseline', 'COMPLETED', 'SUCCESSFUL', { pinned: 'td:1' }, { take: 'live' }],
  ['an unverified revision of ours', 'COMPLETED', 'SUCCESSFUL', OURS, { take: 'unfinished', returnTo: 'td:1' }],
  ['an unverified one whose tag was lost', 'COMPLETED', null, { release: 'r' }, { take: 'unfinished', returnTo: null }],
  ['an unverified one that failed', 'FAILED', 'STOPPED', OURS, { take: 'unfinished', returnTo: 'td:1' }],
  ["somebody's that failed", 'FAILED', 'STOPPED', {}, { take: 'last-successful' }],
  ["somebody's that still rolls", 'IN_PROGRESS', 'IN_PROGRESS', {}, { take: 'nothing-yet' }],
  ['one of ours that still rolls', 'IN_PROGRESS', 'IN_PROGRESS', OURS, { take: 'nothing-yet' }],
  ['the old one, while ECS still returns to it', 'COMPLETED', 'ROLLBACK_IN_PROGRESS', {}, { take: 'nothing-yet' }],
])('live is %s', (_title, rolloutState, status, tags, step) => {
  const newest = status === null ? null : { arn: 'sd', status, createdAt: 0 };
  expect(baselineStep(service(rolloutState), newest, tags)).toEqual(step);
});

it('writes tags that it can read, keeps those of the owner, and drops older ones of ours and of AWS', () => {
  const original = [
    { key: 'team', value: 'shop' },
    { key: 'aws:cloudformation:stack-name', value: 'x' },
    { key: 'sluice:verified', value: 'long ago' },
  ];
  const copy = tagsOfCopy(original, OURS);
  expect(copy[0]).toEqual({ key: 'team', value: 'shop' });
  expect(readRevisionTags(copy)).toEqual(OURS);
  expect(isUnfinished(readRevisionTags(copy))).toBe(true);
});
