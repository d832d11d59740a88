import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CLUSTER, REGION } from './stage/account';
import type { Stage } from './stage/stage';
import { askedAt, failures, openSurgery, said } from './stage/surgery';
import type { Surgery } from './stage/surgery';

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

describe('a set-up in which everything is right', () => {
  it('is told line by line, by a process of its own, and ends well', async () => {
    const run = await stage.sluice(['doctor'], surgery.project.path, stage.temporal);
    expect(run.stderr).toBe('');
    expect(run.stdout.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      'ok       release.yml',
      'ok       policy.yml',
      'ok       environments',
      'ok       Temporal',
      'ok       search attributes',
      'ok       workers',
      'ok       AWS credentials',
      'ok       time of the credentials',
      'ok       image repository',
      'ok       images',
      'ok       production',
      'ok       production/shop',
      'ok       production/shop',
      'ok       production/shop',
      'ok       production/shop',
      'ok       production/shop',
      'ok       production/shop',
      'skipped  production/shop',
      '18 checks',
      '',
    ]);
    expect(said(run, 'AWS credentials')).toMatch(/^ok .* arn:aws:iam::0{12}:user\/local$/);
    expect(run.exitCode).toBe(0);
  });

  it('is told as one object a line with --json, the last of them the end', async () => {
    const { stdout, exitCode } = await surgery.doctor(['--json', '--environment', 'production']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toEqual({ kind: 'check', check: 'release.yml', status: 'ok', found: 'project shop, 1 gate' });
    expect(lines.at(-1)).toMatchObject({ kind: 'end', failed: 0, warning: 0, skipped: 1, exitCode: 0 });
    expect(exitCode).toBe(0);
  });

  it('may have no Temporal of its own', async () => {
    const run = await surgery.doctor([], {});
    expect(said(run, 'Temporal')).toMatch(/^ok .*embedded/);
    expect(run.exitCode).toBe(0);
  });

  it('has a health URL that names a commit of this clone', async () => {
    await surgery.edit(askedAt(`${surgery.url}/version`));
    surgery.say(JSON.stringify({ commit: surgery.project.first }));
    const run = await surgery.doctor();
    expect(said(run, 'production/shop: health')).toMatch(/^ok .*answered 200, commit [0-9a-f]{12}$/);

    surgery.say(JSON.stringify({ commit: 'e'.repeat(40) }));
    const stranger = await surgery.doctor();
    expect(said(stranger, 'production/shop: health')).toMatch(/^warning .*\n +to fix: This clone does not know/);
    surgery.say(JSON.stringify({ version: 3 }));
    const silent = await surgery.doctor();
    expect(said(silent, 'production/shop: health')).toMatch(/^warning .*no full commit at `commit`\n +to fix: Let it/);
    expect([stranger.exitCode, silent.exitCode]).toEqual([0, 0]);
  });
});

describe('what is wrong in the files', () => {
  it('is told by line and column, and what depends on it is skipped', async () => {
    await surgery.edit((text) => text.replace('run:', 'rum:'));
    const run = await surgery.doctor();
    expect(said(run, 'release.yml')).toMatch(
      /^FAILED .*\n +release\.yml:4:5: unknown key `rum`; did you mean `run`\?\n +to fix: Correct release\.yml/,
    );
    expect(said(run, 'AWS and health')).toMatch(/^skipped .*because of the files/);
    expect(run.exitCode).toBe(1);
  });

  it('is told of a policy that does not know the project', async () => {
    const file = path.join(stage.directory, 'policy.yml');
    await writeFile(file, otherPolicy());
    const run = await surgery.doctor(['--policy', file]);
    expect(failures(run)).toBe(1);
    expect(said(run, 'environments')).toMatch(
      /^FAILED .*The policy has no project shop, only other\.\n +to fix: Correct/,
    );
  });

  it('is bad usage where an environment does not exist, or this is no repository', async () => {
    const run = await surgery.doctor(['--environment', 'moon']);
    expect(run).toMatchObject({ exitCode: 2, stderr: 'There is no environment moon; there are: production.\n' });
    expect(await stage.sluice(['doctor'], stage.directory)).toMatchObject({ exitCode: 2 });
  });
});

describe('what is missing or wrong around a release', () => {
  const SERVICE = 'production/shop: service';

  it.each<[string, (text: string) => string, string, RegExp]>([
    [
      'cluster',
      (text) => text.replace(`cluster: ${CLUSTER}`, 'cluster: moon'),
      SERVICE,
      /There is no ECS cluster "moon" in eu-west-1\.\n +to fix: Create it/,
    ],
    [
      'service',
      (text) => text.replace('      shop:\n', '      shop2:\n'),
      'production/shop2: service',
      /There is no ECS service "shop2" in cluster "production" in eu-west-1\.\n +to fix: Create it/,
    ],
    [
      'repository',
      (text) => text.replace('repository: shop', 'repository: moon'),
      'image repository',
      /There is no ECR repository moon in eu-west-1\.\n +to fix: Create it/,
    ],
    [
      'container',
      (text) => text.replace('container: shop', 'container: sidecar'),
      'production/shop: container and room',
      /has no container "sidecar" in its task definition, only "shop"; correct `container`.*\n +to fix: /,
    ],
    [
      'health URL',
      (text) => askedAt(`${surgery.dead}/version`)(text),
      'production/shop: health',
      /http:\S+\/version: connection refused\.\n +to fix: Correct the URL/,
    ],
  ])('%s: is the only failure, said in a sentence with its remedy', async (_, change, check, sentence) => {
    await surgery.edit(change);
    const run = await surgery.doctor();
    expect(said(run, check)).toMatch(/^FAILED /);
    expect(said(run, check)).toMatch(sentence);
    expect(failures(run)).toBe(1);
    expect(run.exitCode).toBe(1);
  });

  it('skips what cannot be looked at without the service, naming it', async () => {
    await surgery.edit((text) => text.replace('      shop:\n', '      shop2:\n'));
    const run = await surgery.doctor();
    expect(run.stdout.match(/^skipped .*because of production\/shop2: service$/gm)).toHaveLength(5);
  });

  it('a Temporal that is down', async () => {
    const run = await surgery.doctor(['--timeout', '2'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(said(run, 'Temporal')).toMatch(/^FAILED .*Cannot reach Temporal at 127\.0\.0\.1:1 .*\n +to fix: /);
    expect(said(run, 'workers')).toMatch(/^skipped .*because of Temporal$/);
    expect(said(run, SERVICE)).toMatch(/^ok /);
    expect(run.exitCode).toBe(1);
  });

  it('a namespace without workers and search attributes', async () => {
    await stage.client.workflowService.registerNamespace({
      namespace: 'bare',
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const run = await surgery.doctor([], { ...stage.temporal, TEMPORAL_NAMESPACE: 'bare' });
    expect(said(run, 'workers')).toMatch(/^warning .*none for orchestrator, gates, images, deployer\n +to fix: Start/);
    expect(said(run, 'search attributes')).toMatch(/^FAILED .*does not know SluiceProject, .*\n +to fix: Start/);
  });

  it('a tag `latest` in what runs, and a service that wants no tasks', async () => {
    await stage.account.ecs('RegisterTaskDefinition', {
      family: 'moving',
      memory: '256',
      containerDefinitions: [{ name: 'shop', image: `${new URL(stage.account.endpoint).host}/shop`, essential: true }],
    });
    await stage.account.ecs('CreateService', {
      cluster: CLUSTER,
      serviceName: 'moving',
      taskDefinition: 'moving',
      desiredCount: 0,
    });
    await surgery.edit((text) => text.replace('      shop:\n', '      moving:\n'));
    const run = await surgery.doctor();
    expect(said(run, 'production/moving: image tags')).toMatch(
      /^warning .*container "shop" runs \S+\/shop\n +to fix: /,
    );
    expect(said(run, 'production/moving: container and room')).toMatch(/^FAILED .*wants 0 tasks/);
  });

  it('an ECR repository whose tags can be moved', async () => {
    const credentials = { accessKeyId: 'person', secretAccessKey: 'local' };
    const ecr = new ECRClient({ endpoint: stage.account.endpoint, region: REGION, credentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'movable' })).finally(() => ecr.destroy());
    await surgery.edit((text) => text.replace('repository: shop', 'repository: movable'));
    const run = await surgery.doctor();
    expect(said(run, 'image repository')).toMatch(/^warning .*tags MUTABLE\n +to fix: Make its tags immutable/);
    expect(run.exitCode).toBe(0);
  });
});

function otherPolicy(): string {
  return `projects:
  other:
    repository: https://github.com/acme/other
    repository-id: 1
    repository-owner-id: 42
    workflow: .github/workflows/release.yml
    image: { repository: other }
    environments:
      production:
        region: ${REGION}
        cluster: ${CLUSTER}
        services: { other: { health: { digest: true } } }
`;
}
