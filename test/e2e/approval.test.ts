import { waitFor } from '../helpers/wait-for';
import { releaseFile } from './stage/project';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

const ANYBODY = 'approval: { minimum: 1, expires: 1d }';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const asked = (release: { workflowId: string; runId: string }) =>
  waitFor('the approval to be asked for', async () => (await stage.releases.status(release)).waitingForApproval);

const fileOf = (project: Project, rule: string, gate?: string): string =>
  releaseFile(project.name, { approval: true, ...(gate !== undefined && { gate }) }).replace(ANYBODY, rule);

it('shows the approver what a commit really changes, and takes no yes from its author', async () => {
  const { releases } = stage;
  const project = await stage.project('shown');
  expect(await outcomeOf(releases, await releases.start(project.request(project.first)))).toMatchObject({
    outcome: 'released',
  });

  // Whoever commits here.
  const author = 'ann@example.com';
  const rule = `approval: { approvers: [${author}, bob@example.com, carol@example.com] }`;
  const changed = await project.commit({
    'release.yml': fileOf(project, rule, 'node --version'),
    '.trivyignore': 'CVE-2026-0001\n',
  });
  const release = await releases.start(project.request(changed, { actor: 'carol@example.com' }));
  const { picture, changes, missing } = await asked(release);
  expect(picture).toMatchObject({
    runs: [expect.stringMatching(new RegExp(`^shown: ${project.first.slice(0, 12)}, shown:\\d+$`))],
    wouldRun: expect.stringMatching(new RegExp(`^${changed.slice(0, 12)} as sha256:\\w{12}$`)) as string,
    forward: 1,
    back: 0,
    commits: [expect.stringMatching(new RegExp(`^${changed.slice(0, 12)} `))],
    unknown: [],
    gates: expect.stringMatching(/^tests passed/) as string,
    gateSettings: ['gate tests: run changed', '.trivyignore is new'],
  });
  expect(changes.join()).toContain('image');
  expect(missing).toEqual(['1 more of bob@example.com']);

  await expect(releases.approve(release, { by: author })).rejects.toMatchObject({
    exitCode: 16,
    message: expect.stringContaining(`${author} is an author of a commit between what runs and this one`) as string,
  });
  await expect(releases.approve(release, { by: 'Carol <carol@example.com>' })).rejects.toMatchObject({
    message: expect.stringContaining('triggered this release') as string,
  });
  await releases.approve(release, { by: 'bob@example.com' });
  expect(await outcomeOf(releases, release)).toMatchObject({ outcome: 'released' });
});

it('does not ask about a commit that what runs descends from', async () => {
  const { releases, account } = stage;
  const project = await stage.project('too-late', { approval: true });
  const newer = await project.change('newer');
  const release = await releases.start(project.request(newer));
  await asked(release);
  await releases.approve(release, { by: 'bob@example.com' });
  expect(await outcomeOf(releases, release)).toMatchObject({ outcome: 'released' });
  expect(await outcomeOf(releases, await releases.start(project.request(project.first)))).toMatchObject({
    outcome: 'superseded',
    cause: expect.stringContaining(`production already runs ${newer.slice(0, 12)}`) as string,
  });
  expect(account.calls('UpdateService', project.name)).toHaveLength(1);
});
