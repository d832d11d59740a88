import { rename } from 'node:fs/promises';
import type { EcsActivities } from '../../activities/ecs/activities';
import type { RollbackProspect } from '../../activities/ecs/inspect-rollback';
import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import { activityEnvironment } from '../helpers/activity-environment';
import { waitFor } from '../helpers/wait-for';
import type { CliRun } from './stage/cli';
import { CLUSTER } from './stage/account';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;
let shop: Project;
/** Released one after the other. */
let first: string;
let second: string;

beforeAll(async () => {
  stage = await openStage();
  shop = await stage.project('shop');
  first = shop.first;
  await release(first);
  second = await shop.change('another image');
  await release(second);
});
afterAll(() => stage.close());

async function release(commit: string): Promise<void> {
  const outcome = await outcomeOf(stage.releases, await stage.releases.start(shop.request(commit)));
  expect(outcome).toMatchObject({ outcome: 'released' });
}

const rollback = (...args: string[]): Promise<CliRun> =>
  stage.sluiceHere(['rollback', '--environment', 'production', '--actor', 'ann', ...args], shop.path, stage.temporal);

async function live(): Promise<{ definition: JsonObject; commit: string | undefined; rolloutState: unknown }> {
  const { services } = await stage.account.ecs('DescribeServices', { cluster: CLUSTER, services: ['shop'] });
  const [service = {}] = objectsOf(services);
  const primary = objectsOf(service['deployments']).find(({ status }) => status === 'PRIMARY');
  const { taskDefinition, tags } = await stage.account.ecs('DescribeTaskDefinition', {
    taskDefinition: primary?.['taskDefinition'] ?? '',
    include: ['TAGS'],
  });
  const commit = objectsOf(tags).find(({ key }) => key === 'sluice:commit');
  return {
    definition: taskDefinition as JsonObject,
    commit: textOf(commit?.['value']),
    rolloutState: primary?.['rolloutState'],
  };
}

it('a rehearsal says one by one what it takes, and changes nothing', async () => {
  const writes = stage.account.writes().length;
  const run = await rollback('--rehearse');
  expect(run.stdout.split('\n')).toEqual([
    'ok      shop: policy: this worker may return it',
    'ok      shop: service: it is there and can take a deployment',
    expect.stringMatching(/^ok {6}shop: task definition: shop:\d+ is active and verified$/),
    expect.stringMatching(/^ok {6}shop: image: sha256:[0-9a-f]{12} in ECR repository shop is there$/),
    expect.stringContaining('whether UpdateService is, only a rollback shows'),
    expect.stringMatching(/^checked: production could go back to [0-9a-f]{12} \(shop:\d+\), verified /),
    '',
  ]);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(stage.account.writes()).toHaveLength(writes);
});

it('one command brings the previous good release back, and what it says is so', async () => {
  const before = stage.account.writes().length;
  expect((await live()).commit).toBe(second);
  const run = await rollback('--reason', 'checkout fails');
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toContain(`released: production is back on ${first.slice(0, 12)}`);
  expect(run.stdout).toContain('rolled back by ann: checkout fails');
  // No revision, no image, no tag: one update of the service.
  expect(stage.account.writes().slice(before)).toEqual(['ecs:UpdateService']);
  expect(await live()).toMatchObject({ commit: first, rolloutState: 'COMPLETED' });
});

it('holds the line until somebody resumes', async () => {
  const held = await waitFor('the hold', async () => {
    return (await stage.releases.environmentState('shop', 'production')).hold;
  });
  expect(held).toMatchObject({ kind: 'after-rollback', by: 'ann' });
});

it('is in the lists and can be looked at', async () => {
  const listed = await stage.sluiceHere(['list', '--json'], shop.path, stage.temporal);
  const { releases } = JSON.parse(listed.stdout) as { releases: { workflowId: string; outcome: string }[] };
  const id = 'rollback:shop:production:previous-good';
  expect(releases[0]).toMatchObject({ workflowId: id, outcome: 'released', commit: first });
  const status = await stage.sluiceHere(['status', id], shop.path, stage.temporal);
  expect(status.stdout).toContain('production is back on');
  const watched = await stage.sluiceHere(['watch', id], shop.path, stage.temporal);
  expect(watched).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('admit') as string });
  // A commit alone still means its release.
  const byCommit = await stage.sluiceHere(['status', first], shop.path, stage.temporal);
  expect(byCommit.stdout).toContain(`release:shop:${first}: released`);
});

it('goes no further back than what is known, and says what that is', async () => {
  const run = await rollback('--reason', 'still fails');
  expect(run.exitCode).toBe(16);
  expect(run.stdout).toMatch(
    /nothing before it is known to be good; name a commit with --to: [0-9a-f]{12}, [0-9a-f]{12}/,
  );
});

it('goes to the commit that is named', async () => {
  const run = await rollback('--to', second.slice(0, 8), '--reason', 'it was not that', '--json');
  expect(run.exitCode).toBe(0);
  const lines = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
  expect(lines[0]).toMatchObject({ kind: 'started', workflowId: `rollback:shop:production:${second.slice(0, 8)}` });
  expect(lines.at(-1)).toMatchObject({ outcome: 'released' });
  expect((await live()).commit).toBe(second);
});

it('needs no Git', async () => {
  const [elsewhere, args] = [`${shop.path}-away`, ['--to', first, '--reason', 'it was that', '--project', 'shop']];
  await rename(shop.path, elsewhere);
  try {
    const command = ['rollback', '--environment', 'production', '--actor', 'ann', ...args];
    expect(await stage.sluiceHere(command, stage.directory, stage.temporal)).toMatchObject({ exitCode: 0 });
  } finally {
    await rename(elsewhere, shop.path);
  }
  expect((await live()).commit).toBe(first);
  expect(await rollback('--to', second, '--reason', 'back for what follows')).toMatchObject({ exitCode: 0 });
});

it('a rehearsal finds a right that is missing', async () => {
  stage.account.faults.add({ action: 'ecr:DescribeImages', kind: 'deny' });
  const run = await rollback('--rehearse');
  expect(run.exitCode).toBe(16);
  expect(run.stdout).toMatch(/^FAILED {2}shop: image: AWS does not allow ecr:DescribeImages/m);
});

it('an image that is in ECR no more is found missing', async () => {
  const { inspectRollback } = stage.activities('deployer') as Pick<EcsActivities, 'inspectRollback'>;
  const { spec, verified } = await stage.releases.environmentState('shop', 'production');
  const { region, cluster, services } = spec!;
  const scope = { project: 'shop', environment: 'production', request: 'test' };
  const expired = { ...verified.at(-1)!, digest: `sha256:${'0'.repeat(64)}` };
  const found: RollbackProspect = await activityEnvironment().run(inspectRollback, {
    targets: services.map((service) => ({ region, cluster, service, scope })),
    revision: expired,
  });
  expect(found.findings.find(({ what }) => what === 'shop: image')).toEqual({
    what: 'shop: image',
    good: false,
    said: 'there is no image sha256:000000000000 in ECR repository shop any more, or it is archived',
  });
});

it('a revision that was deregistered is not gone to, and a rehearsal says so first', async () => {
  await stage.account.ecs('DeregisterTaskDefinition', { taskDefinition: await revisionOf(first) });
  const writes = stage.account.writes().length;
  const rehearsed = await rollback('--rehearse', '--to', first);
  expect(rehearsed.exitCode).toBe(16);
  expect(rehearsed.stdout).toMatch(/^FAILED {2}shop: task definition: shop:\d+ is INACTIVE/m);
  const run = await rollback('--to', first, '--reason', 'it fails');
  expect(run.exitCode).toBe(16);
  expect(run.stdout).toContain('nothing was changed');
  expect(stage.account.writes()).toHaveLength(writes);
});

async function revisionOf(commit: string): Promise<string> {
  const { verified } = await stage.releases.environmentState('shop', 'production');
  return verified.find((one) => one.commit === commit)?.taskDefinitions['shop'] ?? '';
}

describe('a scheduled rehearsal', () => {
  const schedule = () => stage.client.schedule.getHandle('rehearsal:shop:production');

  it('is made, changed, run and removed', async () => {
    const made = await rollback('--rehearse', '--every', '24h');
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is scheduled; next at 20') as string });
    const changed = await rollback('--rehearse', '--cron', '0 6 * * 1-5', '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ scheduled: true, scheduleId: 'rehearsal:shop:production' });
    expect((await schedule().describe()).spec.calendars).toHaveLength(1);
    const removed = await rollback('--rehearse', '--unschedule');
    expect(removed).toMatchObject({ exitCode: 0, stdout: 'rehearsal:shop:production is no longer scheduled.\n' });
    expect(await rollback('--rehearse', '--unschedule')).toMatchObject({ exitCode: 2 });
  });
});

describe('is not even asked for', () => {
  it.each([
    ['without a reason', [], /--reason is missing/],
    ['for something that is no commit', ['--to', 'HEAD', '--reason', 'x'], /neither previous-good nor/],
    ['with times but no rehearsal', ['--every', '24h', '--reason', 'x'], /go with --rehearse/],
    ['with two times', ['--rehearse', '--every', '24h', '--cron', '* * * * *'], /Give one of/],
    ['with a time that is none', ['--rehearse', '--every', '24'], /takes a duration/],
    ['with a key that is none', ['--reason', 'x', '--key', 'a b'], /--key takes/],
  ])('%s', async (_what, args, says) => {
    expect(await rollback(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(says) as string });
  });
});
