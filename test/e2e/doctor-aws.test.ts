import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GUARD } from '../../bin/root';
import type { Fault } from '../../local/aws/faults';
import { startLocalAws } from '../../local/aws/server';
import { textOf } from '../../model/json';
import type { JsonObject } from '../../model/json';
import { CLUSTER, REGION } from './stage/account';
import type { CliRun } from './stage/cli';
import type { Stage } from './stage/stage';
import { askedAt, failures, openSurgery, said } from './stage/surgery';
import type { Surgery } from './stage/surgery';

const ACCOUNT = '123456789012';

let surgery: Surgery;
let stage: Stage;

beforeAll(async () => {
  surgery = await openSurgery();
  ({ stage } = surgery);
});
beforeEach(() => surgery.edit());
afterEach(() => {
  stage.account.faults.clear();
  // Whatever it finds, it only looks.
  expect(stage.account.writes()).toEqual([]);
});
afterAll(() => surgery.close());

describe('AWS that says no, or nothing', () => {
  it.each<[string, string, RegExp]>([
    ['ecs:DescribeServices', 'production/shop: service', /to fix: Grant ecs:DescribeServices to/],
    ['ecs:DescribeTaskDefinition', 'production/shop: task definition', /to fix: Grant ecs:DescribeTaskDefinition to/],
    ['ecs:ListServiceDeployments', 'production/shop: deployments', /to fix: Grant ecs:ListServiceDeployments to/],
    ['ecs:DescribeTasks', 'production/shop: tasks', /to fix: Grant ecs:DescribeTasks to/],
    ['ecr:DescribeImages', 'images', /to fix: Grant ecr:DescribeImages to/],
    ['ecr:GetAuthorizationToken', 'images', /to fix: Grant ecr:GetAuthorizationToken to/],
  ])('%s denied: is the action to grant', async (action, check, sentence) => {
    stage.account.faults.add({ action, kind: 'deny' } satisfies Fault);
    const run = await surgery.doctor();
    expect(said(run, check)).toMatch(/^FAILED .*AWS does not allow/);
    expect(said(run, check)).toMatch(sentence);
    expect(failures(run)).toBe(1);
    expect(run.exitCode).toBe(1);
  });

  it('an endpoint that hangs does not hang the doctor', async () => {
    stage.account.faults.add({ action: 'ecs:DescribeServices', kind: 'slow', ms: 20_000 });
    await surgery.edit(askedAt(`${surgery.url}/hangs`));
    const run = await surgery.doctor(['--timeout', '1']);
    expect(said(run, 'production/shop: service')).toMatch(/^FAILED .*no answer within 1 s\.\n +to fix: .*--timeout/);
    expect(said(run, 'production/shop: health')).toMatch(/^FAILED .*no answer within 500 ms\.\n/);
    expect(run.exitCode).toBe(1);
  });
});

describe('credentials', () => {
  const runs = new Map<string, CliRun>();

  beforeAll(async () => {
    await surgery.edit();
    const soon = new Date(Date.now() + 60_000).toISOString();
    const environments = {
      // An address that belongs to nobody (RFC 5737), and a key that belongs to nobody.
      'long-lived': { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_ENDPOINT_URL: 'http://192.0.2.1' },
      nobody: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
      'soon over': { AWS_CREDENTIAL_EXPIRATION: soon },
    };
    await Promise.all(
      Object.entries(environments).map(async ([name, env]) =>
        runs.set(name, await stage.sluice(['doctor'], surgery.project.path, env)),
      ),
    );
  });

  it.each<[string, string, RegExp]>([
    ['long-lived', 'AWS credentials', /The AWS access key AKIAIOSF… is a long-lived key of an IAM user/],
    ['nobody', 'AWS credentials', /No AWS credentials were found .*\n +to fix: Give the worker temporary/],
    ['soon over', 'time of the credentials', /expire at .* may take 5 min .*\.\n +to fix: Get longer ones/],
  ])('that are %s are refused', (name, check, sentence) => {
    const run = runs.get(name)!;
    expect(said(run, check)).toMatch(/^FAILED /);
    expect(said(run, check)).toMatch(sentence);
    expect(failures(run)).toBe(1);
    expect(run.exitCode).toBe(1);
  });

  it('of nobody leave what AWS would be asked skipped', () => {
    expect(runs.get('nobody')!.stdout.match(/^skipped .*because of AWS credentials$/gm)).toHaveLength(10);
  });
});

describe('a role per environment', () => {
  let run: CliRun;
  let mighty: CliRun;
  let sessions: (string | undefined)[];

  beforeAll(async () => {
    const stateDir = path.join(stage.directory, 'aws-with-iam');
    const asked = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
    const worker = { user: 'worker', policies: { assume: { Version: '2012-10-17', Statement: [asked] } } };
    const trusts = (user: string): JsonObject => ({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${user}` }, Action: 'sts:AssumeRole' },
      ],
    });
    const roles = [
      { name: 'open', trust: trusts('worker'), policies: {} },
      { name: 'closed', trust: trusts('somebody-else'), policies: {} },
    ];
    const iam = { keys: { root: 'root' as const, worker, 'somebody-else': { user: 'somebody-else' } }, roles };
    const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION, accountId: ACCOUNT, iam });
    try {
      const file = path.join(stage.directory, 'roles.yml');
      await surgery.edit();
      await writeFile(file, rolesPolicy(surgery.project.path));
      const env = { AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'worker' };
      run = await stage.sluice(['doctor', '--policy', file], surgery.project.path, env);
      aws.putRole?.({ ...roles[0]!, managed: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
      mighty = await stage.sluice(['doctor', '--policy', file], surgery.project.path, env);
      sessions = aws
        .calls({ action: 'AssumeRole' })
        .map(({ request }) => textOf((request as JsonObject)['RoleSessionName']));
    } finally {
      await aws.close();
    }
  });

  it('is assumed, and then asks with its own rights', () => {
    expect(said(run, 'staging: role')).toMatch(/^ok .*:role\/open can be assumed$/);
    expect(said(run, 'staging/shop: service')).toMatch(/^FAILED .*role\/open.*\n +to fix: Grant ecs:DescribeServices/s);
    expect(new Set(sessions)).toEqual(new Set(['sluice-doctor']));
  });

  it('that may not look at itself is a warning, with what to grant', () => {
    expect(said(run, 'staging: rights')).toMatch(
      /^warning .*Whether role open carries AdministratorAccess is not known.*\n +to fix: .*iam:ListAttachedRolePolicies/,
    );
  });

  it('that carries AdministratorAccess is told, since releases would be refused', () => {
    expect(said(mighty, 'staging: rights')).toMatch(
      /^FAILED .*role open carries AdministratorAccess.*\n +to fix: Releases are refused: .*sluice iam.*allow-admin/,
    );
  });

  it('that may not be assumed is told with what to grant, and its environment skipped', () => {
    expect(said(run, 'production: role')).toMatch(
      /^FAILED .*\n +to fix: Let the trust policy of that role name this identity/,
    );
    expect(run.stdout.match(/^skipped .*because of production: role$/gm)).toHaveLength(7);
  });
});

function rolesPolicy(repository: string): string {
  const environment = (name: string, cluster: string, role: string): string => `      ${name}:
        region: ${REGION}
        cluster: ${cluster}
        role: arn:aws:iam::${ACCOUNT}:role/${role}
        services: { shop: { health: { digest: true } } }
`;
  return `projects:
  shop:
    repository: ${repository}
    repository-id: 1
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    environments:
${environment('staging', 'staging', 'open')}${environment('production', CLUSTER, 'closed')}`;
}
