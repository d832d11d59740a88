import { readFileSync } from 'node:fs';
import path from 'node:path';
import { environmentOf } from '../../../model/policy/policy';
import { accepted, refused, SMALLEST } from './example';

const DEPLOYER = 'arn:aws:iam::111111111111:role/deployer';

const LARGER = `
projects:
  shop:
    repository: ssh://git@github.com/acme/shop.git
    repository-id: '1001'
    repository-owner-id: '42'
    branch: releases
    events: [push, schedule]
    workflow: acme/deploy/.github/workflows/release.yml@${'a'.repeat(40)}
    runners: any
    required-gates:
      tests: { coverage: 80 }
      secrets: { kind: secretlint }
    image: { repository: team/shop, region: us-east-1, role: 'arn:aws:iam::222222222222:role/pusher' }
    environments:
      staging:
        region: eu-west-1
        cluster: main
        services: { api: { health: { digest: true } } }
        role: ${DEPLOYER}
      production:
        region: eu-central-1
        cluster: main
        approval: { minimum: 2 }
        github-environment: production
        services: { api: { health: { http: 'https://shop.example.com/version' } } }
`;

describe('a policy.yml that is right', () => {
  it('fills in every default', () => {
    expect(accepted(SMALLEST)).toEqual({
      projects: [
        {
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
            {
              name: 'production',
              region: 'eu-west-1',
              cluster: 'main',
              services: [
                {
                  service: 'api',
                  container: 'api',
                  environment: {},
                  from: 'live',
                  health: { kind: 'digest', times: 3, intervalMs: 2_000, withinMs: 300_000 },
                  stableWithinMs: 900_000,
                  failAfterStops: 3,
                  allowZeroTasks: false,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('keeps what is said', () => {
    const [shop] = accepted(LARGER).projects;
    expect(shop).toMatchObject({
      repositoryId: '1001',
      branch: 'releases',
      events: ['push', 'schedule'],
      workflow: `acme/deploy/.github/workflows/release.yml@${'a'.repeat(40)}`,
      runners: 'any',
      requiredGates: [
        { name: 'tests', kind: 'run', coverage: 80 },
        { name: 'secrets', kind: 'secretlint' },
      ],
      imageRepository: 'team/shop',
      imageRegion: 'us-east-1',
      imageRole: 'arn:aws:iam::222222222222:role/pusher',
      imageAccount: '222222222222',
    });
    expect(shop?.environments).toMatchObject([
      { name: 'staging', role: DEPLOYER },
      { name: 'production', githubEnvironment: 'production', approval: { minimum: 2 } },
    ]);
  });

  it.each([
    [
      'an image account of its own',
      "image: { repository: shop, account: '333333333333' }",
      { imageAccount: '333333333333' },
    ],
    ['a repository in a folder', 'image: { repository: a/b/shop }', { imageRepository: 'a/b/shop' }],
  ])('takes %s', (_, image, project) => {
    expect(accepted(SMALLEST.replace('image: { repository: shop }', image)).projects).toMatchObject([project]);
  });
});

it('allows an identity that may do everything only where it is said, and keeps that out of plans', () => {
  const [said, unsaid] = [environment('allow-admin: true'), SMALLEST].map(
    (text) => accepted(text).projects[0]!.environments[0]!,
  );
  expect(said?.allowAdmin).toBe(true);
  expect(unsaid).not.toHaveProperty('allowAdmin');
  expect(environmentOf(said!)).toEqual(environmentOf(unsaid!));
});

it('is as the reference shows it', () => {
  const page = readFileSync(path.join(__dirname, '../../../docs/policy-yml.md'), 'utf8');
  const files = [...page.matchAll(/```yaml\n(projects:[\s\S]*?)```/g)].map(([, text = '']) => accepted(text));
  expect(files).toHaveLength(2);
  expect(files[0]?.projects).toMatchObject([{ project: 'shop-api', repositoryId: '123456789', branch: 'main' }]);
});

const REPOSITORY = 'https://github.com/acme/shop';
const event = (name: string) => SMALLEST.replace('    image:', `    events: [push, ${name}]\n    image:`);
const environment = (lines: string) =>
  SMALLEST.replace('        cluster: main\n', `        cluster: main\n        ${lines}\n`);

describe('a policy.yml that is wrong', () => {
  it.each<[string, string, string]>([
    ['an admin by another word', environment('allow-admin: yes please'), 'expected true or false'],
    ['nothing', '', '1:1: the file is empty; see docs/policy-yml.md for what it holds'],
    ['no project', 'projects: {}', '1:11: `projects` is an empty mapping: expected at least one of projects'],
    ['another key', `${SMALLEST}owner: me\n`, '14:1: unknown key `owner`; expected one of gateway-keys, projects'],
    [
      'a key that is nearly right',
      SMALLEST.replace('repository-owner-id', 'repository-ownerid'),
      '6:5: unknown key `repository-ownerid`; did you mean `repository-owner-id`?',
    ],
    [
      'a missing id',
      SMALLEST.replace('    repository-id: 1001\n', ''),
      "`repository-id` is missing: expected GitHub's number",
    ],
    [
      'an id that is a name',
      SMALLEST.replace('1001', 'acme/shop'),
      '5:20: `repository-id` is "acme/shop": expected GitHub\'s number',
    ],
    ['an id below 1', SMALLEST.replace('1001', '0'), '5:20: `repository-id` is the number 0'],
    [
      'an event that runs for strangers',
      event('pull_request_target'),
      '8:20: the event `pull_request_target` can never deploy: it runs for anybody',
    ],
    [
      'a pull request',
      event('pull_request'),
      '8:20: the event `pull_request` can never deploy: a pull request is code that nobody has merged',
    ],
    ['a run after another', event('workflow_run'), 'the event `workflow_run` can never deploy'],
    [
      'an event that is none',
      event('pushes'),
      '8:20: the event `pushes` cannot deploy; expected one of push, workflow_dispatch',
    ],
    [
      'no event',
      SMALLEST.replace('    image:', '    events: []\n    image:'),
      '`events` is an empty list: expected a list of events',
    ],
    [
      'a workflow elsewhere',
      SMALLEST.replace('.github/workflows/', 'ci/'),
      '7:15: `workflow` is "ci/release.yml": expected a workflow such as',
    ],
    ['a pinned workflow of its own', SMALLEST.replace('release.yml', 'release.yml@main'), '7:15: `workflow` is '],
    [
      'a runner of no known kind',
      SMALLEST.replace('    image:', '    runners: mine\n    image:'),
      'expected one of github-hosted, any',
    ],
    [
      'a password in the address',
      SMALLEST.replace(REPOSITORY, 'https://me:secret@github.com/acme/shop'),
      '4:17: `repository` is',
    ],
    [
      'a token in the address',
      SMALLEST.replace(REPOSITORY, 'https://token@github.com/acme/shop'),
      'expected where workers fetch',
    ],
    ['an address that is a command', SMALLEST.replace(REPOSITORY, "'ext::sh -c id'"), 'expected where workers fetch'],
    [
      'an address in the clear',
      SMALLEST.replace(REPOSITORY, 'http://github.com/acme/shop'),
      'expected where workers fetch',
    ],
    [
      'a role that is a name',
      environment('role: deployer'),
      '13:15: `role` is "deployer": expected the ARN of an IAM role',
    ],
    ['a user for a role', environment('role: arn:aws:iam::111111111111:user/me'), 'expected the ARN of an IAM role'],
    [
      'coverage of a scanner',
      SMALLEST.replace('    image:', '    required-gates: { secrets: { kind: secretlint, coverage: 5 } }\n    image:'),
      '`coverage` belongs to gates of kind run; remove it',
    ],
    [
      'a kind of gate that is none',
      SMALLEST.replace('    image:', '    required-gates: { a: { kind: npm } }\n    image:'),
      'expected one of run, secretlint, gitleaks',
    ],
    ['a key of release.yml alone', SMALLEST.replace('    image:', '    gates: {}\n    image:'), 'unknown key `gates`'],
    ['a wrong environment', SMALLEST.replace('digest: true', 'digest: yes'), '`digest` is "yes": expected true'],
    ['a tab', 'projects:\n\tshop: {}', 'this line is indented with a tab'],
  ])('%s', (_, text, problem) => {
    expect(refused(text).join('\n')).toContain(problem);
    expect(refused(text)[0]).toMatch(/^policy\.yml:\d+:\d+: /);
  });
});

describe('a service has one owner', () => {
  const second = (role = '', cluster = 'main') =>
    `  shed:
    repository: https://github.com/acme/shed
    repository-id: 1002
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: shed }
    environments:
      live:
        region: eu-west-1
        cluster: ${cluster}
        services: { api: { health: { digest: true } } }
        ${role}
`;
  const CLAIMED = /environment `production` of project `shop` already; a service has one owner/;

  it('so that another project cannot claim it', () => {
    const problems = refused(SMALLEST + second());
    expect(problems).toEqual([
      expect.stringMatching(/^policy\.yml:24:26: service eu-west-1\/main\/api belongs to /) as string,
    ]);
    expect(problems[0]).toMatch(CLAIMED);
  });

  it('nor another environment of the same project', () => {
    const twice = environment('').replace(
      /( {6})production:[\s\S]*/,
      (all) => `${all}${all.replace('production', 'staging')}`,
    );
    expect(refused(twice)[0]).toMatch(CLAIMED);
  });

  it('while the same names in another cluster, or another account by its role, are another service', () => {
    expect(refused(SMALLEST + second('', 'other'))).toEqual([]);
    const owned = environment('role: arn:aws:iam::111111111111:role/one');
    expect(refused(owned + second('role: arn:aws:iam::222222222222:role/two'))).toEqual([]);
    expect(refused(owned + second('role: arn:aws:iam::111111111111:role/two'))[0]).toMatch(CLAIMED);
    // Without a role nobody knows which account it is.
    expect(refused(owned + second())[0]).toMatch(CLAIMED);
  });
});
