import type { Bench } from './stage/bench';
import { RELEASE, startBench } from './stage/bench';
import type { Claims } from './stage/tokens';
import { claimsOfPullRequest, claimsOfPush, sign } from './stage/tokens';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const WORKFLOW = 'acme/shop/.github/workflows/release.yml';
const workflow = (ref: string): Claims => ({ workflow_ref: ref, job_workflow_ref: ref });

/** Well-signed tokens of GitHub's for this gateway, that ask for what the policy does not give them. */
const REFUSED: [string, Claims, RegExp, Claims?][] = [
  // --- another repository
  [
    'a fork',
    { repository: 'mallory/shop', repository_id: '6666', repository_owner_id: '666', repository_owner: 'mallory' },
    /repository mallory\/shop with the id 6666, but project shop belongs to the repository with the id 1001/,
  ],
  ['a repository under the old name of ours', { repository_id: '7777' }, /with the id 7777/],
  ['our repository under another owner', { repository_owner_id: '43' }, /owner of repository acme\/shop has the id 43/],
  ['another project of the same owner', { repository: 'acme/tools', repository_id: '1002' }, /with the id 1002/],
  ['our repository that asks for another project', {}, /with the id 1001, but project tools/, { project: 'tools' }],
  // --- another reference
  ['another branch', { ref: 'refs/heads/feature' }, /ran for refs\/heads\/feature, but only the branch main/],
  ['a branch whose name begins like ours', { ref: 'refs/heads/main2' }, /refs\/heads\/main2/],
  ['a branch whose name differs in capitals', { ref: 'refs/heads/Main' }, /refs\/heads\/Main/],
  ['a tag', { ref: 'refs/tags/v1.0.0', ref_type: 'tag' }, /refs\/tags\/v1\.0\.0/],
  ['a tag that is called like our branch', { ref: 'refs/tags/main', ref_type: 'tag' }, /refs\/tags\/main/],
  [
    'a branch that is called like our reference',
    { ref: 'refs/heads/refs/heads/main' },
    /refs\/heads\/refs\/heads\/main/,
  ],
  ['a short reference', { ref: 'main' }, /ran for main/],
  // --- another event
  [
    'pull_request_target, whose token names main',
    { event_name: 'pull_request_target' },
    /pull_request_target never deploys/,
  ],
  ['workflow_run', { event_name: 'workflow_run' }, /workflow_run never deploys/],
  ['issue_comment', { event_name: 'issue_comment' }, /issue_comment never deploys/],
  [
    'schedule, which the policy does not name',
    { event_name: 'schedule' },
    /schedule may not deploy project shop; the policy allows push, workflow_dispatch/,
  ],
  ['release', { event_name: 'release' }, /release may not deploy/],
  ['deployment', { event_name: 'deployment' }, /deployment may not deploy/],
  ['an event in capitals', { event_name: 'PUSH' }, /PUSH may not deploy/],
  ['an event that is a member of every object', { event_name: 'constructor' }, /constructor may not deploy/],
  // --- another workflow
  [
    'another workflow file',
    workflow('acme/shop/.github/workflows/other.yml@refs/heads/main'),
    /Only the workflow .*release\.yml@refs\/heads\/main may deploy/,
  ],
  [
    'our file at another branch',
    workflow(`${WORKFLOW}@refs/heads/feature`),
    /not a file of acme\/shop on the branch main/,
  ],
  ['our file at a tag', workflow(`${WORKFLOW}@refs/tags/main`), /not a file of acme\/shop on the branch main/],
  [
    'our file at a commit',
    workflow(`${WORKFLOW}@1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d`),
    /not a file of acme\/shop/,
  ],
  ['our file without a reference', workflow(WORKFLOW), /not a file of acme\/shop/],
  [
    'a workflow file of another repository',
    workflow('mallory/shop/.github/workflows/release.yml@refs/heads/main'),
    /not a file of acme\/shop/,
  ],
  [
    'a reusable workflow of another repository, called by another file of ours',
    {
      workflow_ref: 'acme/shop/.github/workflows/other.yml@refs/heads/main',
      job_workflow_ref: 'mallory/ci/.github/workflows/release.yml@refs/heads/main',
    },
    /Only the workflow/,
  ],
  [
    'a file in a folder that ends like ours',
    workflow('acme/shop/evil/.github/workflows/release.yml@refs/heads/main'),
    /Only the workflow/,
  ],
  // --- another runner or environment
  ['a self-hosted runner', { runner_environment: 'self-hosted' }, /ran on a self-hosted runner/],
  ['a runner of an unknown kind', { runner_environment: 'larger' }, /ran on a larger runner/],
  ['a job with another GitHub environment', { environment: 'staging' }, /names staging/],
  ['a job whose GitHub environment differs in capitals', { environment: 'Production' }, /names Production/],
  [
    'an environment that the policy does not have',
    {},
    /no environment moon of project shop; it has staging, production/,
    { environments: ['moon'] },
  ],
  [
    'one environment that there is and one that there is not',
    {},
    /no environment moon/,
    { environments: ['staging', 'moon'] },
  ],
  ['a project that the policy does not have', {}, /no project nowhere/, { project: 'nowhere' }],
  ['a project that is a member of every object', {}, /no project constructor/, { project: 'constructor' }],
  // --- a check that may not be
  [
    'a check by pull_request_target',
    { event_name: 'pull_request_target' },
    /cannot ask for a check/,
    { purpose: 'check' },
  ],
  ['a check by workflow_run', { event_name: 'workflow_run' }, /cannot ask for a check/, { purpose: 'check' }],
  ['a check by issue_comment', { event_name: 'issue_comment' }, /cannot ask for a check/, { purpose: 'check' }],
  [
    'a check by a fork',
    { repository_id: '6666', event_name: 'pull_request' },
    /with the id 6666/,
    { purpose: 'check' },
  ],
];

it.each(REFUSED)('%s is refused', async (_, claims, sentence, asked = {}) => {
  const token = await sign(claimsOfPush(bench.issuer.url, claims), bench.key);
  const { status, error } = await bench.start(token, { ...RELEASE, ...asked });
  expect({ status, code: error?.code }).toEqual({ status: 403, code: 'refused' });
  expect(error?.message).toMatch(sentence);
  expect(bench.world.writes).toEqual([]);
});

it.each<[string, Claims]>([
  ['of a branch', {}],
  ['that claims to be on main', { ref: 'refs/heads/main' }],
  [
    'that claims to be on main, with the right workflow',
    { ref: 'refs/heads/main', ...workflow(`${WORKFLOW}@refs/heads/main`) },
  ],
  ['that names the GitHub environment', { environment: 'production' }],
])('a pull request %s cannot release', async (_, claims) => {
  const token = await sign(claimsOfPullRequest(bench.issuer.url, claims), bench.key);
  const { status, error } = await bench.start(token);
  expect(status).toBe(403);
  expect(error?.message).toMatch(/pull_request never deploys: .*it can only check/);
  expect(bench.world.writes).toEqual([]);
});

it('what was refused used no token up: the same one may ask for what it is allowed', async () => {
  const token = await bench.push();
  expect((await bench.start(token, { ...RELEASE, environments: ['moon'] })).status).toBe(403);
  expect((await bench.start(token)).status).toBe(202);
});
