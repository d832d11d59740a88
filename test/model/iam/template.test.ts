import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parse } from 'yaml';
import { PACKAGE_ROOT } from '../../../bin/root';
import { factsOf } from '../../../model/iam/action-facts';
import { grantsOf } from '../../../model/iam/grants';
import { roleName, uniqueNames } from '../../../model/iam/names';
import { githubNames, subjectOfPolicy } from '../../../model/iam/subject';
import type { IamSubject } from '../../../model/iam/subject';
import { templateFor } from '../../../model/iam/template';
import type { Recipient } from '../../../model/iam/template';
import { templateText } from '../../../model/iam/template-text';
import { GITHUB_ISSUER } from '../../../model/iam/trust';
import { TRUST_ACTIONS, USES } from '../../../model/iam/uses';
import { isJsonObject, textOf } from '../../../model/json';
import type { Json, JsonObject } from '../../../model/json';
import { subject } from './subject';

const EVERYBODY: Recipient[] = ['images', 'deployer', 'github'];

function rolesOf(given: IamSubject, ...recipients: Recipient[]): Record<string, JsonObject> {
  const { Resources } = templateFor(given, { for: recipients });
  const roles = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  return Object.fromEntries(
    roles.map(({ Properties }) => [textOf((Properties as JsonObject)['RoleName']) ?? '', Properties as JsonObject]),
  );
}

function claimsOf(given: IamSubject): JsonObject {
  const trust = rolesOf(given, 'github')['sluice-shop-github']?.['AssumeRolePolicyDocument'];
  const [statement] = (trust as { Statement: { Condition: { StringEquals: JsonObject } }[] }).Statement;
  const claims = Object.entries(statement?.Condition.StringEquals ?? {});
  return Object.fromEntries(claims.map(([key, value]) => [key.replace(`${GITHUB_ISSUER}:`, ''), value]));
}

/** Every object within a value. */
function within(value: Json): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(within);
  return isJsonObject(value) ? [value, ...Object.values(value).flatMap(within)] : [];
}

it('knows of its actions what AWS says today, and says it in docs/iam.md', () => {
  const script = path.join(PACKAGE_ROOT, 'scripts', 'iam-actions.mjs');
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
});

it('limits no action by a condition that AWS does not know for it, nor leaves out an action that AWS wants besides', () => {
  const granted = USES.map(({ action }) => action);
  for (const { action, limits = [] } of USES) {
    expect([action, limits.filter((key) => !factsOf(action).conditionKeys.includes(key))]).toEqual([action, []]);
    expect([action, factsOf(action).dependentActions.filter((each) => !granted.includes(each))]).toEqual([action, []]);
  }
  for (const action of TRUST_ACTIONS) expect(factsOf(action).access).toBe('Write');
  // `aud` and `sub` are every provider's; the others are listed.
  const listed = factsOf('sts:AssumeRoleWithWebIdentity').conditionKeys;
  const asked = Object.keys(claimsOf(subject({ workflow: '.github/workflows/release.yml' })));
  expect(asked.filter((claim) => !listed.includes(`${GITHUB_ISSUER}:${claim}`))).toEqual(['aud', 'sub']);
});

it('grants exactly the actions of the table, each only where it is needed', () => {
  const { images, ...rest } = subject();
  const granted = (change: object) =>
    new Set(
      grantsOf(templateFor({ ...rest, images: { ...images, ...change } }, { for: ['images', 'deployer'] })).map(
        ({ role, action }) => `${role.split('-').at(-1) ?? ''} ${action}`,
      ),
    );
  const used = (...needs: (string | undefined)[]) =>
    new Set(
      USES.filter(({ need }) => need === undefined || needs.includes(need)).map(
        ({ zone, action }) => `${zone} ${action}`,
      ),
    );
  expect(granted({})).toEqual(used());
  expect(granted({ dockerfile: true })).toEqual(used('dockerfile'));
  expect(granted({ bases: ['node'] })).toEqual(used('base'));
});

it('grants nothing on all resources but what AWS cannot limit, and no action by a pattern', () => {
  const services = subject({
    environments: [
      { name: 'a', region: 'r', cluster: 'c', services: ['x', 'y'] },
      { name: 'b', region: 'r', cluster: 'c', services: ['z'] },
    ],
  });
  for (const { action, resources } of grantsOf(templateFor(services, { for: EVERYBODY }))) {
    expect(action).not.toContain('*');
    const limitable = factsOf(action).resources.length > 0 && action !== 'ecs:ListTasks' && action !== 'iam:PassRole';
    expect([action, resources.includes('*')]).toEqual([action, !limitable]);
  }
});

it('names the services, the families, the repository and the account of policy.yml, and no other', () => {
  const given = subject({ images: { ...subject().images, account: '123456789012' } });
  const text = JSON.stringify(rolesOf(given, 'deployer'));
  const arns = new Set(
    [...text.matchAll(/arn:[^"]+/g)].map(([arn]) =>
      arn.replaceAll('${AWS::Partition}', 'aws').replaceAll('${AWS::AccountId}', 'ACCOUNT'),
    ),
  );
  expect([...arns].sort()).toEqual([
    'arn:aws:ecr:eu-west-1:123456789012:repository/shop/api',
    'arn:aws:ecs:eu-central-1:ACCOUNT:cluster/blue',
    'arn:aws:ecs:eu-central-1:ACCOUNT:service-deployment/blue/api/*',
    'arn:aws:ecs:eu-central-1:ACCOUNT:service-revision/blue/api/*',
    'arn:aws:ecs:eu-central-1:ACCOUNT:service/blue/api',
    'arn:aws:ecs:eu-central-1:ACCOUNT:task-definition/${ProductionApiFamily}:*',
    'arn:aws:ecs:eu-central-1:ACCOUNT:task/blue/*',
    'arn:aws:iam::ACCOUNT:role/sluice-shop-production-deployer',
    'arn:aws:logs:eu-central-1:ACCOUNT:log-group:${ProductionApiLogGroup}:log-stream:*',
  ]);
});

describe('the role for GitHub trusts', () => {
  const numbers = { repository_id: '22', repository_owner_id: '11' };

  it('one repository and branch, by both forms of sub and by its numbers', () => {
    expect(claimsOf(subject())).toEqual({
      aud: 'sts.amazonaws.com',
      sub: ['repo:acme/shop:ref:refs/heads/main', 'repo:acme@11/shop@22:ref:refs/heads/main'],
      ref: 'refs/heads/main',
      ...numbers,
    });
  });

  it('the GitHub environments that the policy names, whose jobs have no branch in their sub', () => {
    const [production] = subject().environments;
    const environments = [
      { ...production!, githubEnvironment: 'live: eu' },
      { ...production!, name: 'staging' },
    ];
    const { sub, ref } = claimsOf(subject({ environments }));
    expect(ref).toBe('refs/heads/main');
    expect(sub).toEqual([
      'repo:acme/shop:environment:live%3A eu',
      'repo:acme@11/shop@22:environment:live%3A eu',
      'repo:acme/shop:ref:refs/heads/main',
      'repo:acme@11/shop@22:ref:refs/heads/main',
    ]);
    expect(claimsOf(subject({ environments: environments.slice(0, 1) }))['sub']).toHaveLength(2);
  });

  it.each([
    ['.github/workflows/release.yml', 'acme/shop/.github/workflows/release.yml@refs/heads/main'],
    ['acme/ci/.github/workflows/release.yml', 'acme/ci/.github/workflows/release.yml@refs/heads/main'],
    ['acme/ci/.github/workflows/release.yml@refs/tags/v1', 'acme/ci/.github/workflows/release.yml@refs/tags/v1'],
  ])('the workflow %s', (workflow, expected) => {
    expect(claimsOf(subject({ workflow }))['job_workflow_ref']).toBe(expected);
  });

  it('what is asked for when the template is deployed, where no file says it', () => {
    const { Parameters } = templateFor(subject({ repository: {} }), { for: ['github'] });
    expect(Object.keys(Parameters)).toEqual(
      expect.arrayContaining(['RepositoryOwner', 'RepositoryName', 'RepositoryId', 'RepositoryOwnerId']),
    );
    expect(claimsOf(subject({ repository: {} }))['sub']).toEqual([
      { 'Fn::Sub': 'repo:${RepositoryOwner}/${RepositoryName}:ref:refs/heads/main' },
      {
        'Fn::Sub': 'repo:${RepositoryOwner}@${RepositoryOwnerId}/${RepositoryName}@${RepositoryId}:ref:refs/heads/main',
      },
    ]);
  });
});

describe('roles that policy.yml names', () => {
  const arn = (name: string, account = '111111111111') => `arn:aws:iam::${account}:role/${name}`;
  const [production] = subject().environments;

  it('are made by their name and path', () => {
    const environments = [{ ...production!, role: arn('ci/deployer') }];
    expect(rolesOf(subject({ environments }), 'deployer')).toMatchObject({ deployer: { Path: '/ci/' } });
  });

  it('are one role where it is the same, with the rights of all its zones', () => {
    const environments = [
      { ...production!, role: arn('one') },
      { ...production!, name: 'staging', cluster: 'green', role: arn('one') },
    ];
    const images = { ...subject().images, role: arn('one') };
    const { one, ...others } = rolesOf(subject({ environments, images }), 'deployer', 'images');
    expect(others).toEqual({});
    expect(one?.['Description']).toBe(
      'Pushes images of shop to ECR. Deploys shop to production. Deploys shop to staging.',
    );
    expect(JSON.stringify(one)).toMatch(/PutImage.*service\/blue.*service\/green/);
    expect(JSON.stringify(one)).toMatch(/\{"Ref":"ImagesWorkerArn"\},\{"Ref":"DeployerWorkerArn"\}/);
  });

  it('cannot be of two accounts in one template', () => {
    const images = { ...subject().images, role: arn('images', '222222222222') };
    const environments = [{ ...production!, role: arn('deployer') }];
    const print = (recipient: Recipient[]) => () => templateFor(subject({ environments, images }), { for: recipient });
    expect(print(['images', 'deployer'])).toThrow('Images in 222222222222, DeployerProduction in 111111111111');
    expect(print(['deployer'])).not.toThrow();
  });
});

describe('a role for GitHub', () => {
  const [production] = subject().environments;
  const some = (count: number) =>
    subject({
      environments: Array.from({ length: count }, (_, index) => ({
        ...production!,
        name: `stage-${index}`,
        cluster: `c${index}`,
      })),
    });

  it('is called after its environments, where it is not of all of them', () => {
    const options = { for: ['github'] satisfies Recipient[], someEnvironments: true };
    const { Resources } = templateFor(some(2), options);
    expect(Resources['GitHub']?.['Properties']).toMatchObject({ RoleName: 'sluice-shop-stage-0-stage-1-github' });
  });

  it('is refused where it says more than IAM takes', () => {
    const print = (count: number) => () => templateFor(some(count), { for: ['github'] });
    expect(print(3)).not.toThrow();
    expect(print(6)).toThrow(/^The policies of sluice-shop-github would have 1\d{4} characters, and IAM takes 10240: /);
  });
});

describe('the text of a template', () => {
  it('is the same each time, and read by YAML 1.1 as it was meant', () => {
    const template = templateFor(subject(), { for: EVERYBODY });
    const text = templateText(template);
    expect(templateText(templateFor(subject(), { for: EVERYBODY }))).toBe(text);
    expect(parse(text, { version: '1.1' })).toEqual(template);
    expect(text).not.toMatch(/[&*]a1\b/);
  });

  it('refers only to what there is', () => {
    for (const recipients of [EVERYBODY, ...EVERYBODY.map((one) => [one])]) {
      const template = templateFor(subject({ repository: {} }), { for: recipients });
      const objects = within(template as unknown as Json);
      const refs = objects
        .flatMap((each) => each['Ref'] ?? [])
        .map(String)
        .filter((name) => !name.startsWith('AWS::'));
      const subs = objects.flatMap((each) =>
        [...(textOf(each['Fn::Sub']) ?? '').matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => String(name)),
      );
      const known = [...Object.keys(template.Parameters), ...Object.keys(template.Resources)];
      const used = new Set([...refs, ...subs.filter((name) => !name.startsWith('AWS::'))]);
      expect([...used].filter((name) => !known.includes(name))).toEqual([]);
      expect(Object.keys(template.Parameters).filter((name) => !used.has(name))).toEqual([]);
    }
  });

  it('has a name for everything, however things are called', () => {
    expect(uniqueNames(['a-b', 'a_b', 'ab', '-'])).toEqual(['AB', 'ABNo2', 'Ab', 'X']);
    expect(roleName('shop', 'x'.repeat(80), 'deployer')).toMatch(/^sluice-shop-x{43}-[0-9a-f]{8}$/);
    expect(roleName('shop', 'pro:duction')).toBe('sluice-shop-pro-duction');
  });
});

describe('what a policy says', () => {
  it.each([
    ['https://github.com/acme/shop.git', { owner: 'acme', name: 'shop' }],
    ['https://github.com/acme/shop.js/', { owner: 'acme', name: 'shop.js' }],
    ['ssh://git@github.com/acme/shop', { owner: 'acme', name: 'shop' }],
    ['https://github.com.example.org/acme/shop', {}],
    ['/srv/git/acme/shop', {}],
  ])('of the repository %s', (address, expected) => {
    expect(githubNames(address)).toEqual(expected);
  });

  it('lets any builder push where no release.yml says which', () => {
    const policy = {
      project: 'shop',
      repository: '/srv/shop',
      repositoryId: '22',
      repositoryOwnerId: '11',
      branch: 'main',
      events: [],
      workflow: '.github/workflows/r.yml',
      runners: 'any' as const,
      requiredGates: [],
      imageRepository: 'shop',
      imageRegion: 'eu-west-1',
      environments: [],
    };
    expect(subjectOfPolicy(policy)).toMatchObject({
      images: { dockerfile: true, bases: [] },
      repository: { id: '22' },
    });
  });
});
