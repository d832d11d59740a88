import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CONFIG } from '../samples';
import { runCli } from './cli';

const POLICY = `projects:
  shop-api:
    repository: https://github.com/acme/shop
    repository-id: 22
    repository-owner-id: 11
    workflow: .github/workflows/release.yml
    image: { repository: shop-api }
    environments:
      production:
        region: eu-west-1
        cluster: production
        role: arn:aws:iam::123456789012:role/deployer
        services: { api: { health: { digest: true } } }
`;
const GITHUB = ['--repository', 'acme/shop', '--repository-id', '22', '--repository-owner-id', '11'];

let cwd: string;
const file = (name: string, text: string) => writeFile(path.join(cwd, name), text);

beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'sluice-iam-command-'));
  await file('release.yml', CONFIG);
  await file('policy.yml', POLICY);
});
afterAll(() => rm(cwd, { recursive: true }));

async function resources(...args: string[]): Promise<string[]> {
  const run = await runCli(['iam', '--json', ...args], { cwd });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return Object.keys((run.json()[0] as { Resources: object }).Resources);
}

describe('sluice iam', () => {
  it('prints YAML that says how to deploy it', async () => {
    const { exitCode, stdout } = await runCli(['iam'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^# Made by `sluice iam`.*CAPABILITY_NAMED_IAM.*\nAWSTemplateFormatVersion: "2010-09-09"\n/s,
    );
  });

  it('is for a job of GitHub where there is only a release.yml, and for workers where there is a policy.yml', async () => {
    expect(await resources(...GITHUB)).toEqual(['GitHubOidcProvider', 'GitHub']);
    expect(await resources('--policy', 'policy.yml')).toEqual(['Images', 'DeployerProduction']);
    expect(await resources('--policy', 'policy.yml', '--for', 'deployer')).toEqual(['DeployerProduction']);
  });

  it('takes from each file what it says', async () => {
    const { stdout } = await runCli(['iam', '--policy', 'policy.yml', '--for', 'deployer', 'github', '--json'], {
      cwd,
    });
    expect(stdout).toContain('"RoleName":"deployer"');
    expect(stdout).toContain('"repo:acme@11/shop@22:ref:refs/heads/main"');
    expect(stdout).toContain('acme/shop/.github/workflows/release.yml@refs/heads/main');
    expect(stdout).toContain('BatchGetImage');
    const both = await runCli(['iam', '--policy', 'policy.yml', '--release', 'release.yml', '--for', 'images'], {
      cwd,
    });
    expect(both.stdout).not.toContain('BatchGetImage');
    const based = await runCli(['iam', '--for', 'images', '--base-repository', 'node', '--session-hours', '2'], {
      cwd,
    });
    expect(based.stdout).toMatch(/BatchGetImage[^]*repository\/node/);
  });

  it.each<[string, string[], RegExp]>([
    ['a file that is missing', ['--policy', 'none.yml'], /^There is no none\.yml in /],
    ['a policy that is wrong', ['--policy', 'release.yml'], /^release\.yml:1:1: /],
    ['a project that is missing', ['--policy', 'policy.yml', '--project', 'web'], /has no project web: .*\(shop-api\)/],
    [
      'an environment that is missing',
      ['--environment', 'staging'],
      /^There is no environment staging; there are: production\.$/m,
    ],
    ['a repository without owner', ['--repository', 'shop'], /Give OWNER\/NAME/],
    ['too long a session', ['--session-hours', '13'], /from 1 to 12/],
  ])('refuses %s', async (_what, args, message) => {
    const run = await runCli(['iam', ...args], { cwd });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(message);
  });
});

describe('sluice iam --compare', () => {
  const event = (eventName: string) => ({
    eventSource: 'ecs.amazonaws.com',
    eventName,
    userIdentity: { arn: 'arn:aws:sts::123456789012:assumed-role/deployer/release' },
  });

  it('says what was granted and never used, and ends well', async () => {
    await file('trail.json', JSON.stringify({ Records: [event('UpdateService')] }));
    const run = await runCli(['iam', '--policy', 'policy.yml', '--compare', 'trail.json'], { cwd });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(
      /^granted, never used +deployer +ecs:DescribeServices +arn:\*:ecs:eu-west-1:\*:service\/production\/api$/m,
    );
    expect(run.stdout).not.toContain('ecs:UpdateService');
    expect(run.stdout).toContain('1 calls of these roles in trail.json, 0 of others.');
  });

  it('ends with 1 where something was used and not granted', async () => {
    await file('trail.jsonl', JSON.stringify(event('DeleteService')));
    const args = ['iam', '--policy', 'policy.yml', '--compare', 'trail.jsonl'];
    const run = await runCli(args, { cwd });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/^used, not granted +1× +deployer +ecs:DeleteService$/m);
    const [found] = (await runCli([...args, '--json'], { cwd })).json();
    expect(found).toMatchObject({ notGranted: [{ action: 'ecs:DeleteService', times: 1 }], calls: 1 });
  });

  it('refuses what is no record of calls', async () => {
    const run = await runCli(['iam', '--compare', 'release.yml'], { cwd });
    expect(run).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^release\.yml is no record of calls: line 1 is not JSON/) as string,
    });
  });
});
