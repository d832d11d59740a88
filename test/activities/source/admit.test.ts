import { createSourceActivities } from '../../../activities/source/activities';
import type { Plan, ReleaseRequest } from '../../../model/plan';
import type { VerifiedTrigger } from '../../../model/policy/trigger';
import { activityEnvironment } from '../../helpers/activity-environment';
import { releaseRequest } from '../../helpers/requests';
import { accepted } from '../../model/policy/example';
import type { Fixture } from './fixture';
import { createFixture } from './fixture';

const ENVIRONMENTS = `
      production:
        region: eu-west-1
        cluster: main
        role: arn:aws:iam::111111111111:role/deployer
        github-environment: live
        services: { api: { health: { digest: true } } }`;

let git: Fixture;
let first: string;
beforeAll(() => {
  git = createFixture();
  git.write('release.yml', RELEASE);
  first = git.commit('First');
  git.git('branch', 'releases');
});
afterAll(() => git.remove());

const RELEASE = `project: shop
gates: { tests: { run: npm test } }
image: { repository: shop, builder: pack, files: ['**'], command: [node, server.js] }
`;

const policy = (more = '') =>
  accepted(`projects:
  shop:
    repository: ${git.repository}
    repository-id: 1001
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    ${more}
    environments:${ENVIRONMENTS}
`);

function admit(request: Partial<ReleaseRequest>, given = policy()): Promise<Plan> {
  const { source } = git;
  const activities = createSourceActivities({ source, policy: given });
  const whole = releaseRequest({ repository: git.repository, commit: first, ...request });
  return activityEnvironment().run(() => activities.admit(whole));
}

const TRIGGER: VerifiedTrigger = {
  issuer: 'https://token.actions.githubusercontent.com',
  repositoryId: '1001',
  repositoryOwnerId: '42',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  event: 'push',
  workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  runnerEnvironment: 'github-hosted',
  environment: 'live',
  actor: 'ann',
  actorId: '7',
  runId: '9000',
  runAttempt: '1',
};

it('plans by the policy where release.yml says nothing of environments, and keeps the role to itself', async () => {
  const plan = await admit({});
  expect(plan).toMatchObject({
    branch: 'main',
    commit: first,
    repository: git.repository,
    image: { region: 'eu-west-1' },
  });
  expect(plan.environments).toEqual([
    {
      name: 'production',
      region: 'eu-west-1',
      cluster: 'main',
      services: [expect.objectContaining({ service: 'api' })],
    },
  ]);
});

it('takes the branch of the policy for the one that alone may deploy', async () => {
  const merged = git.commit('Only on main');
  expect(await admit({ commit: merged })).toMatchObject({ branch: 'main' });
  await expect(admit({ commit: merged }, policy('branch: releases'))).rejects.toMatchObject({
    type: 'PolicyRefused',
    message: `commit ${merged} is not on branch releases of ${git.repository}: merge it first`,
  });
});

it('judges a verified trigger again, by the policy of these workers', async () => {
  expect(await admit({ trigger: TRIGGER })).toMatchObject({ commit: first });
  await expect(admit({ trigger: { ...TRIGGER, event: 'pull_request_target' } })).rejects.toMatchObject({
    type: 'PolicyRefused',
    message: expect.stringContaining('pull_request_target never deploys') as string,
  });
  await expect(admit({ trigger: { ...TRIGGER, environment: 'preview' } })).rejects.toMatchObject({
    type: 'PolicyRefused',
  });
  // A pull request may check.
  const pull = { ...TRIGGER, event: 'pull_request', ref: 'refs/pull/7/merge' };
  expect(await admit({ purpose: 'check', trigger: pull })).toMatchObject({ environments: [] });
});

it('says that nobody knows where it goes, without a policy', async () => {
  const { source } = git;
  const activities = createSourceActivities({ source });
  const request = releaseRequest({ repository: git.repository, commit: first });
  await expect(activityEnvironment().run(() => activities.admit(request))).rejects.toMatchObject({
    type: 'BadConfig',
    message: expect.stringContaining('release.yml at the head of main has no environments') as string,
  });
  expect(await activityEnvironment().run(() => activities.admit({ ...request, purpose: 'check' }))).toMatchObject({
    environments: [],
  });
});
