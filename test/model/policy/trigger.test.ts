import type { Policy, ProjectPolicy } from '../../../model/policy/policy';
import { judgeTrigger } from '../../../model/policy/trigger';
import type { AskedByTrigger, VerifiedTrigger } from '../../../model/policy/trigger';
import { environmentSpec } from '../../helpers/requests';

const SHA = '1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b';

const SHOP: ProjectPolicy = {
  project: 'shop',
  repository: 'https://github.com/acme/shop',
  repositoryId: '1001',
  repositoryOwnerId: '42',
  branch: 'main',
  events: ['push', 'workflow_dispatch'],
  workflow: '.github/workflows/release.yml',
  runners: 'github-hosted',
  requiredGates: [],
  imageRepository: 'shop',
  imageRegion: 'eu-west-1',
  environments: [
    { ...environmentSpec(), name: 'staging' },
    { ...environmentSpec(), name: 'production', githubEnvironment: 'production' },
  ],
};

const CLAIMS: VerifiedTrigger = {
  issuer: 'https://token.actions.githubusercontent.com',
  repositoryId: '1001',
  repositoryOwnerId: '42',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  event: 'push',
  workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  jobWorkflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  runnerEnvironment: 'github-hosted',
  environment: 'production',
  actor: 'ann',
  actorId: '7',
  runId: '9000',
  runAttempt: '1',
};

const RELEASE: AskedByTrigger = { purpose: 'release', project: 'shop', environments: [] };
const CHECK: AskedByTrigger = { ...RELEASE, purpose: 'check' };

interface Case {
  claims?: Partial<VerifiedTrigger>;
  /** Claims that the token does not have. */
  without?: ('jobWorkflowRef' | 'environment')[];
  asked?: Partial<AskedByTrigger>;
  policy?: Partial<ProjectPolicy>;
}

function judge({ claims, without = [], asked, policy }: Case, usual = RELEASE) {
  const other: ProjectPolicy = { ...SHOP, project: 'other', repositoryId: '2002', repositoryOwnerId: '42' };
  const given: Policy = { projects: [other, { ...SHOP, ...policy }] };
  const all = Object.entries({ ...CLAIMS, ...claims }).filter(([name]) => !without.some((absent) => absent === name));
  return judgeTrigger(given, Object.fromEntries(all) as unknown as VerifiedTrigger, { ...usual, ...asked });
}

const REUSABLE = 'acme/deploy/.github/workflows/release.yml';

describe('a release is allowed', () => {
  it.each<[string, Case]>([
    ['for a push to the branch, by the workflow, on a hosted runner, from the environment', {}],
    ['for a run by hand', { claims: { event: 'workflow_dispatch' } }],
    ['of a token without job_workflow_ref', { without: ['jobWorkflowRef'] }],
    [
      'of the repository under its new name, since its number is the same',
      {
        claims: {
          repository: 'acme/store',
          workflowRef: 'acme/store/.github/workflows/release.yml@refs/heads/main',
          jobWorkflowRef: 'acme/store/.github/workflows/release.yml@refs/heads/main',
        },
      },
    ],
    [
      'to an environment that wants no GitHub environment',
      { asked: { environments: ['staging'] }, without: ['environment'] },
    ],
    [
      'on any runner, where the policy says so',
      { claims: { runnerEnvironment: 'self-hosted' }, policy: { runners: 'any' } },
    ],
    [
      'by the reusable workflow that the policy names, on the same branch',
      { claims: { jobWorkflowRef: `${REUSABLE}@refs/heads/main` }, policy: { workflow: REUSABLE } },
    ],
    [
      'by a reusable workflow that is pinned to a commit',
      { claims: { jobWorkflowRef: `${REUSABLE}@${SHA}` }, policy: { workflow: `${REUSABLE}@${SHA}` } },
    ],
    [
      'from another branch, where the policy allows that one',
      {
        policy: { branch: 'releases' },
        claims: {
          ref: 'refs/heads/releases',
          workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/releases',
        },
      },
    ],
  ])('%s', (_, given) => {
    expect(judge(given)).toMatchObject({ allowed: true, project: { project: 'shop' } });
  });
});

describe('a release is refused', () => {
  it.each<[string, Case, RegExp]>([
    ['for a project that the policy does not have', { asked: { project: 'shed' } }, /no project shed/],
    [
      "for another project of the policy than the repository's",
      { asked: { project: 'other' } },
      /other belongs .* 2002/,
    ],
    ['of a fork', { claims: { repositoryId: '3003', repositoryOwnerId: '66', repository: 'eve/shop' } }, /id 3003/],
    [
      'of another repository that took over the name',
      { claims: { repositoryId: '3003' } },
      /acme\/shop with the id 3003/,
    ],
    ['of another owner', { claims: { repositoryOwnerId: '66' } }, /owner .* has the id 66/],
    ['of a repository without an id', { claims: { repositoryId: '' } }, /with the id ,/],
    ['of an id that only begins alike', { claims: { repositoryId: '10010' } }, /id 10010/],
    [
      'for another branch',
      { claims: { ref: 'refs/heads/feature' } },
      /ran for refs\/heads\/feature, but only the branch main/,
    ],
    ['for a branch that ends alike', { claims: { ref: 'refs/heads/feature/main' } }, /feature\/main/],
    ['for a tag', { claims: { ref: 'refs/tags/v1' } }, /refs\/tags\/v1/],
    ['for a tag that is called like the branch', { claims: { ref: 'refs/tags/main' } }, /refs\/tags\/main/],
    ['for the merge of a pull request', { claims: { ref: 'refs/pull/7/merge' } }, /refs\/pull\/7\/merge/],
    ['for a short name of the branch', { claims: { ref: 'main' } }, /ran for main/],
    ['for the branch in other letters', { claims: { ref: 'refs/heads/Main' } }, /Main/],
    ['by a pull request', { claims: { event: 'pull_request' } }, /pull_request never deploys/],
    [
      'by pull_request_target, though its ref is the branch',
      { claims: { event: 'pull_request_target' } },
      /never deploys/,
    ],
    [
      'by pull_request_target, even where a policy lists it',
      { claims: { event: 'pull_request_target' }, policy: { events: ['pull_request_target'] } },
      /never deploys: it runs for anybody/,
    ],
    ['by workflow_run', { claims: { event: 'workflow_run' }, policy: { events: ['workflow_run'] } }, /never deploys/],
    ['by a comment', { claims: { event: 'issue_comment' }, policy: { events: ['issue_comment'] } }, /never deploys/],
    ['by an event that is not listed', { claims: { event: 'schedule' } }, /allows push, workflow_dispatch/],
    ['by an event called like a member of every object', { claims: { event: 'constructor' } }, /allows push/],
    [
      'by another workflow file',
      {
        claims: {
          workflowRef: 'acme/shop/.github/workflows/other.yml@refs/heads/main',
          jobWorkflowRef: 'acme/shop/.github/workflows/other.yml@refs/heads/main',
        },
      },
      /Only the workflow acme\/shop\/\.github\/workflows\/release\.yml@refs\/heads\/main .*other\.yml/,
    ],
    [
      'by the right file on another branch',
      {
        claims: { workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/feature' },
        without: ['jobWorkflowRef'],
      },
      /not a file of acme\/shop on the branch main/,
    ],
    [
      'by the right file at a tag',
      { claims: { workflowRef: 'acme/shop/.github/workflows/release.yml@refs/tags/main' } },
      /not a file of acme\/shop on the branch main/,
    ],
    [
      'by the workflow of the same path in another repository',
      { claims: { workflowRef: 'eve/shop/.github/workflows/release.yml@refs/heads/main' } },
      /not a file of acme\/shop/,
    ],
    [
      'by a file that only ends alike',
      {
        claims: { workflowRef: 'acme/shop/x/.github/workflows/release.yml@refs/heads/main' },
        without: ['jobWorkflowRef'],
      },
      /Only the workflow/,
    ],
    [
      'without the reusable workflow that the policy names',
      { policy: { workflow: REUSABLE } },
      /Only the workflow acme\/deploy/,
    ],
    [
      'by that reusable workflow from a branch of its own',
      { claims: { jobWorkflowRef: `${REUSABLE}@refs/heads/feature` }, policy: { workflow: REUSABLE } },
      /this is acme\/deploy\/.*@refs\/heads\/feature/,
    ],
    [
      'by that reusable workflow at another commit than it is pinned to',
      { claims: { jobWorkflowRef: `${REUSABLE}@${'f'.repeat(40)}` }, policy: { workflow: `${REUSABLE}@${SHA}` } },
      /Only the workflow/,
    ],
    [
      'by the right reusable workflow, called from a branch',
      {
        claims: {
          workflowRef: 'acme/shop/.github/workflows/call.yml@refs/heads/feature',
          jobWorkflowRef: `${REUSABLE}@refs/heads/main`,
        },
        policy: { workflow: REUSABLE },
      },
      /not a file of acme\/shop on the branch main/,
    ],
    [
      'by that file on a branch whose name ends like a reference to the right one',
      {
        claims: {
          workflowRef: 'acme/shop/.github/workflows/call.yml@refs/heads/x@refs/heads/main',
          jobWorkflowRef: `${REUSABLE}@refs/heads/main`,
        },
        policy: { workflow: REUSABLE },
      },
      /not a file of acme\/shop on the branch main/,
    ],
    ['on a self-hosted runner', { claims: { runnerEnvironment: 'self-hosted' } }, /self-hosted runner/],
    ['on a runner of no known kind', { claims: { runnerEnvironment: '' } }, /GitHub's own runners only/],
    [
      'from a job without the GitHub environment',
      { without: ['environment'] },
      /GitHub environment production, and this one names none/,
    ],
    ['from a job of another GitHub environment', { claims: { environment: 'preview' } }, /this one names preview/],
    [
      'to an environment that the policy does not have',
      { asked: { environments: ['prod'] } },
      /no environment prod .* staging, production/,
    ],
  ])('%s', (_, given, reason) => {
    const verdict = judge(given);
    expect(verdict).toEqual({ allowed: false, reason: expect.stringMatching(reason) as string });
    // One sentence for a person.
    expect(verdict).toMatchObject({ reason: expect.stringMatching(/^[A-Z][^\n]*\.$/) as string });
  });

  it('of two environments that want different jobs, until they are asked for one by one', () => {
    const [staging, production] = SHOP.environments;
    const environments = [{ ...staging!, githubEnvironment: 'staging' }, production!];
    expect(judge({ policy: { environments } })).toMatchObject({ allowed: false, reason: /staging wants a job/ });
    expect(judge({ policy: { environments }, asked: { environments: ['production'] } })).toMatchObject({
      allowed: true,
    });
  });
});

describe('a check', () => {
  it.each<[string, Case]>([
    ['of a pull request', { claims: { event: 'pull_request', ref: 'refs/pull/7/merge' }, without: ['environment'] }],
    ['of another branch', { claims: { ref: 'refs/heads/feature' } }],
    ['of the merge queue', { claims: { event: 'merge_group', ref: 'refs/heads/gh-readonly-queue/main/pr-7' } }],
    [
      'by any workflow of the repository',
      { claims: { workflowRef: 'acme/shop/.github/workflows/ci.yml@refs/pull/7/merge' } },
    ],
    ['on a runner of its own', { claims: { runnerEnvironment: 'self-hosted' } }],
  ])('is allowed %s', (_, given) => {
    expect(judge(given, CHECK)).toMatchObject({ allowed: true });
  });

  it.each<[string, Case, RegExp]>([
    ['of a fork', { claims: { repositoryId: '3003', event: 'pull_request' } }, /id 3003/],
    ['of another owner', { claims: { repositoryOwnerId: '66' } }, /id 66/],
    ['by pull_request_target', { claims: { event: 'pull_request_target' } }, /cannot ask for a check/],
    ['by a comment', { claims: { event: 'issue_comment' } }, /cannot ask for a check/],
    ['for a project that the policy does not have', { asked: { project: 'shed' } }, /no project shed/],
  ])('is refused %s', (_, given, reason) => {
    expect(judge(given, CHECK)).toEqual({ allowed: false, reason: expect.stringMatching(reason) as string });
  });
});

it('asks for nothing of the actor: people are not named in the policy', () => {
  expect(judge({ claims: { actor: 'somebody', actorId: '8' } })).toMatchObject({ allowed: true });
});
