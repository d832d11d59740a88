import { existsSync } from 'node:fs';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../bin/root';
import { parsePolicy } from '../../model/policy/parse';
import { judgeTrigger } from '../../model/policy/trigger';
import type { VerifiedTrigger } from '../../model/policy/trigger';
import type { Concurrency, WorkflowFile } from './stage/files';
import { isCheck, jobsOf, stepsOf, WORKFLOWS } from './stage/files';

const PINNED = /^[\w.-]+\/[\w.-]+(?:\/[\w./-]+)?@[0-9a-f]{40}$/;
const EACH = WORKFLOWS.map((one) => ({ name: one.file, one }));

it('both examples have a workflow for pull requests, for main and for going back', () => {
  expect(WORKFLOWS.map(({ file }) => file).sort()).toEqual(
    ['orders-py', 'shop-api'].flatMap((example) =>
      ['check', 'deploy', 'release', 'rollback'].map((name) => `examples/${example}/.github/workflows/${name}.yml`),
    ),
  );
});

describe.each(EACH)('$name', ({ one }) => {
  it('is started by nothing that strangers can start with the rights of main', () => {
    const allowed = ['pull_request', 'push', 'workflow_dispatch', 'workflow_call'];
    expect(Object.keys(one.workflow.on).filter((event) => !allowed.includes(event))).toEqual([]);
  });

  it('uses only what is pinned by a full commit, with its version beside it', () => {
    const uses = [...stepsOf(one), ...jobsOf(one)].flatMap((user) => user.uses ?? []);
    for (const used of uses) {
      if (used.startsWith('./')) {
        expect(existsSync(path.join(PACKAGE_ROOT, one.repository, used))).toBe(true);
        continue;
      }
      expect(used).toMatch(PINNED);
      const comment = one.text
        .split('\n')
        .find((line) => line.includes(used))
        ?.split('#')[1]
        ?.trim();
      expect(comment).toMatch(
        used.startsWith('OWNER/') ? /^replace with the commit you reviewed$/ : /^v\d+\.\d+\.\d+$/,
      );
    }
  });

  it('checks out a full commit or what started it, and leaves no token behind', () => {
    for (const { with: given = {} } of stepsOf(one).filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(given['persist-credentials']).toBe(false);
      if (given['repository'] !== undefined) expect(given['ref']).toMatch(/^[0-9a-f]{40}$/);
    }
  });

  it('has no right that it does not name, and names none but these', () => {
    expect(one.workflow.permissions).toEqual({});
    for (const { permissions } of jobsOf(one)) {
      expect(permissions).toBeDefined();
      const known: Record<string, string> = { contents: 'read', 'id-token': 'write' };
      for (const [right, level] of Object.entries(permissions ?? {})) expect(known[right]).toBe(level);
    }
  });

  it('asks for a token of its own only where somebody must know who it is', () => {
    for (const { permissions = {}, steps = [], uses } of jobsOf(one)) {
      const shows = steps.some((step) =>
        /^(?:OWNER\/sluice|aws-actions\/configure-aws-credentials)@/.test(step.uses ?? ''),
      );
      expect(permissions['id-token'] === 'write').toBe(shows || uses !== undefined);
      expect(permissions['contents'] === 'read').toBe(
        steps.some((step) => step.uses?.startsWith('actions/checkout@')) || (uses !== undefined && isEmbedded(one)),
      );
    }
  });

  it('holds no secret: roles and addresses are variables', () => {
    expect(one.text).not.toMatch(/\bsecrets\b|AKIA|aws-(?:secret-)?access-key/);
  });

  it('hands nothing to a shell but by environment', () => {
    for (const { run } of stepsOf(one)) expect(run ?? '').not.toContain('${{');
  });

  it('ends at some time', () => {
    for (const job of jobsOf(one)) if (job.steps) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('cancels nothing that may have changed something', () => {
    for (const concurrency of concurrencyOf(one)) {
      if (isCheck(one)) expect(concurrency.group).toMatch(/^check-/);
      // What waits is not cancelled either: `single`, the default, would do that.
      else expect(concurrency).toEqual({ group: concurrency.group, 'cancel-in-progress': false, queue: 'max' });
    }
  });
});

it('where the runner itself releases, one group is the lock of all that deploys', () => {
  const deploying = WORKFLOWS.filter((one) => isEmbedded(one) && assumesRole(one));
  expect(deploying.map(({ file }) => file)).toEqual(['examples/orders-py/.github/workflows/deploy.yml']);
  const groups = deploying.flatMap(jobsOf).map(({ concurrency, environment }) => [concurrency?.group, environment]);
  expect(groups).toEqual([['deploy-production', 'production']]);
});

it('a merge to main waits in the group deploy-production, in either form', () => {
  const groups = (example: string, name: string): string[] => {
    const one = WORKFLOWS.find(({ file }) => file === `examples/${example}/.github/workflows/${name}.yml`);
    return one ? concurrencyOf(one).map(({ group }) => group) : [];
  };
  expect(groups('shop-api', 'release')).toEqual(['deploy-production']);
  expect(groups('orders-py', 'deploy')).toEqual(['deploy-production']);
});

describe('a policy that names deploy.yml', () => {
  const policy = parsePolicy(
    `projects:
  shop-api:
    repository: https://github.com/acme/shop.git
    repository-id: 1001
    repository-owner-id: 42
    workflow: .github/workflows/deploy.yml
    image: { repository: shop-api }
    environments:
      production:
        github-environment: production
        region: eu-west-1
        cluster: production
        services: { api: { health: { digest: true } } }
`,
    'policy.yml',
  );
  const at = (name: string, ref = 'refs/heads/main'): string => `acme/shop/.github/workflows/${name}.yml@${ref}`;
  const trigger: VerifiedTrigger = {
    issuer: 'https://token.actions.githubusercontent.com',
    repositoryId: '1001',
    repositoryOwnerId: '42',
    repository: 'acme/shop',
    ref: 'refs/heads/main',
    event: 'push',
    workflowRef: at('release'),
    jobWorkflowRef: at('deploy'),
    runnerEnvironment: 'github-hosted',
    environment: 'production',
    actor: 'octocat',
    actorId: '1',
    runId: '1',
    runAttempt: '1',
  };
  const verdict = (more: Partial<VerifiedTrigger>, purpose: 'release' | 'check' = 'release'): boolean => {
    if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
    const environments = purpose === 'release' ? ['production'] : [];
    return judgeTrigger(policy.policy, { ...trigger, ...more }, { purpose, project: 'shop-api', environments }).allowed;
  };

  it.each([
    ['a merge', {}, true],
    ['going back by hand', { event: 'workflow_dispatch', workflowRef: at('rollback') }, true],
    ['another workflow of main', { workflowRef: at('nightly'), jobWorkflowRef: at('nightly') }, false],
    ['going back from another branch', { ref: 'refs/heads/x', workflowRef: at('rollback', 'refs/heads/x') }, false],
    ['a job without the environment', { environment: 'staging' }, false],
  ])('%s: %j', (_what, more, allowed) => expect(verdict(more)).toBe(allowed));

  it('lets check.yml of a pull request check, and no more', () => {
    const pull = { event: 'pull_request', ref: 'refs/pull/7/merge', workflowRef: at('check', 'refs/pull/7/merge') };
    expect([verdict(pull, 'check'), verdict(pull)]).toEqual([true, false]);
  });
});

/** Whether Sluice runs in the runner, and not behind a gateway. */
function isEmbedded({ repository }: WorkflowFile): boolean {
  return WORKFLOWS.some((one) => one.repository === repository && assumesRole(one));
}

function assumesRole(one: WorkflowFile): boolean {
  return stepsOf(one).some(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
}

function concurrencyOf(one: WorkflowFile): Concurrency[] {
  return [one.workflow, ...jobsOf(one)].flatMap(({ concurrency }) => concurrency ?? []);
}
