import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { GUARD } from '../../bin/root';
import { startLocalAws } from '../../local/aws/server';
import { findTemporal } from '../../local/temporal/find';
import { startTemporal } from '../../local/temporal/dev-server';
import { PROGRAM } from './stage/account';
import type { CliRun } from './stage/cli';
import type { Project } from './stage/project';
import { releaseFile } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;
/** As it should be, with one commit. */
let project: Project;
let nowhere: string;

beforeAll(async () => {
  stage = await openStage();
  project = await stage.project('shop');
  nowhere = path.join(stage.directory, 'nowhere');
  await mkdir(nowhere);
});
afterEach(() => {
  // Whatever was wrong was found before anything was written.
  expect(stage.account.writes()).toEqual([]);
});
afterAll(() => stage.close());

const UNKNOWN = 'e'.repeat(40);

/** One sentence for a person, on stderr alone. */
function expectOneSentence(run: CliRun, sentence: RegExp, exitCode = 2): void {
  expect(run.stdout).toBe('');
  expect(run.stderr).toMatch(sentence);
  expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(run.exitCode).toBe(exitCode);
}

/** A release that began only to say why it cannot be: its last line. */
function expectEnd(run: CliRun, sentence: RegExp, exitCode = 2): void {
  expect(run.stderr).toBe('');
  expect(run.stdout.trimEnd().split('\n').at(-1)).toMatch(sentence);
  expect(run.stdout).not.toMatch(/Activity task failed|\bError:|\n\s+at /);
  expect(run.exitCode).toBe(exitCode);
}

describe('a command line that cannot be carried out', () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown commit', ['run', '--commit', UNKNOWN], {}, /shop has no commit e{40}; fetch it first/],
    ['a branch for a commit', ['run', '--commit', 'main'], {}, /`main` is not a commit: give at least 7 digits/],
    ['a Temporal that is configured', ['run'], { TEMPORAL_ADDRESS: '127.0.0.1:1' }, /use `sluice start`, or unset it/],
  ])('%s is said in one sentence', async (_, args, env, sentence) => {
    expectOneSentence(await stage.sluiceHere(args, project.path, env), sentence);
  });

  it('an unknown option is named, and where the known ones are said', async () => {
    const run = await stage.sluiceHere(['run', '--comit', UNKNOWN], project.path);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/unknown option '--comit'\n\(Did you mean --commit\?\)\n+.*--help/);
  });

  it('a folder that is no repository is named', async () => {
    expectOneSentence(
      await stage.sluiceHere(['run'], nowhere),
      /nowhere is not in a Git repository: run this in a clone/,
    );
  });

  it('a branch that is named like a commit is never taken for it', async () => {
    const named = await stage.project('named');
    await named.git('branch', UNKNOWN);
    await named.git('branch', 'ddddddd');
    for (const name of [UNKNOWN, 'ddddddd']) {
      expectOneSentence(
        await stage.sluiceHere(['check', '--commit', name], named.path),
        /named has no commit [ed]+; fetch it/,
      );
    }

    const { first } = named;
    const other = await named.change('elsewhere');
    await named.git('branch', first, other);
    await named.git('branch', first.slice(0, 7), other);
    const checks = [first, first.slice(0, 7)].map((commit) =>
      stage.sluiceHere(
        ['start', '--check', '--wait', '--json', '--repository', '.', '--commit', commit],
        named.path,
        stage.temporal,
      ),
    );
    for (const { stdout } of await Promise.all(checks)) {
      const end = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as unknown;
      expect(end).toMatchObject({ kind: 'end', outcome: 'checked', commit: first });
    }
  });

  it('a malformed release.yml is told by file, line and column', async () => {
    const malformed = await stage.project('malformed');
    await malformed.commit({ 'release.yml': releaseFile('malformed').replace('run:', 'rum:') });
    for (const command of ['run', 'validate']) {
      const run = await stage.sluiceHere([command], malformed.path);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toMatch(/^release\.yml:4:5: unknown key `rum`; did you mean `run`\?$/m);
    }
  });
});

describe('a request that workers find to be impossible', () => {
  const ask = (cwd: string, ...args: string[]): Promise<CliRun> =>
    stage.sluiceHere(['start', '--wait', '--repository', '.', ...args], cwd, stage.temporal);

  it.each([
    [
      'cluster',
      { cluster: 'nowhere' },
      /invalid: There is no ECS cluster "nowhere" in eu-west-1\. Create it, or correct/,
    ],
    [
      'service',
      { service: 'nowhere' },
      /invalid: There is no ECS service "nowhere" in cluster "production" in eu-west-1\. Create/,
    ],
    [
      'ECR repository',
      { imageRepository: 'nowhere' },
      /invalid: There is no ECR repository nowhere in eu-west-1\. Create/,
    ],
  ])('a missing %s is named', async (what, options, sentence) => {
    const missing = await stage.project(`without-${what.toLowerCase().replace(' ', '-')}`, options);
    expectEnd(await ask(missing.path), sentence);
  });

  it('an unknown environment is named, and those that there are', async () => {
    const run = await ask(project.path, '--environment', 'staging');
    expectEnd(
      run,
      /invalid: there is no environment staging: release\.yml at the head of main has production\. Correct the command/,
    );
  });

  it('a commit that is not on the branch is refused', async () => {
    await project.git('switch', '--quiet', '--create', 'feature');
    const commit = await project.commit({ 'main.mjs': `${PROGRAM}// not merged\n` });
    expectEnd(
      await ask(project.path),
      new RegExp(`refused: commit ${commit} is not on branch main of .*shop: merge it first`),
      16,
    );
  });

  it('a commit that was not pushed is named, and a folder that is no repository', async () => {
    const elsewhere = await stage.project('elsewhere');
    const unpushed = ['start', '--wait', '--commit', project.first, '--repository'];
    const [missing, none] = await Promise.all([
      stage.sluiceHere([...unpushed, elsewhere.path], project.path, stage.temporal),
      stage.sluiceHere(['start', '--wait', '--repository', nowhere], elsewhere.path, stage.temporal),
    ]);
    expectEnd(
      missing,
      new RegExp(`invalid: there is no commit ${project.first} in .*elsewhere: has it been pushed\\?`),
    );
    expectEnd(none, /invalid: .*nowhere is not a Git repository\. Give a repository/);
  });
});

describe('a machine that cannot release', () => {
  const runs = new Map<string, CliRun>();

  beforeAll(async () => {
    const plain = await stage.project('plain');
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
    // An address that belongs to nobody (RFC 5737).
    const longLived = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_ENDPOINT_URL: 'http://192.0.2.1' };
    const commands: Record<string, Promise<CliRun>> = {
      nobody: stage.sluice(['run'], plain.path, nobody),
      'long-lived': stage.sluice(['run'], plain.path, longLived),
      unreachable: stage.sluiceHere(['start', '--repository', '.'], plain.path, { TEMPORAL_ADDRESS: '127.0.0.1:1' }),
    };
    await Promise.all(Object.entries(commands).map(async ([name, command]) => runs.set(name, await command)));
  });

  it('says that it cannot reach Temporal', () => {
    const sentence = /Cannot reach Temporal at 127\.0\.0\.1:1 .*start it, or set TEMPORAL_ADDRESS; nothing was started/;
    expectOneSentence(runs.get('unreachable')!, sentence, 3);
  });

  it('says that it has no credentials', () => {
    expectEnd(
      runs.get('nobody')!,
      /invalid: No AWS credentials were found for this worker: .*Give the worker temporary/,
    );
  });

  it('says that it takes no long-lived key, before anything is sent', () => {
    const run = runs.get('long-lived')!;
    expectEnd(run, /invalid: The AWS access key AKIAIOSF… is a long-lived key of an IAM user/);
    // Nobody answers there: a call that was sent would be a timeout, after many seconds.
    expect(run.stdout).not.toContain('did not answer');
    expect(run.stdout).not.toContain('FODNN7EXAMPLE');
  });

  it('says that it cannot wait for an approval without --state', async () => {
    const asking = await stage.project('asking', { approval: true });
    // As `sluice run` asks where nothing outlives it.
    const embedded = { persistent: false, requireCircuitBreaker: false };
    const started = await stage.releases.start(asking.request(asking.first, { embedded }));
    const { outcome, cause } = await outcomeOf(stage.releases, started);
    expect(outcome).toBe('invalid');
    expect(cause).toMatch(/^environment production asks for approval, .*: keep its state with --state/);
  });
});

describe('a port in use', () => {
  it('is named, by the local AWS and by Temporal, and nothing is started', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const guard = GUARD;
    const stateDir = path.join(stage.directory, 'port-in-use');
    const cliPath = await findTemporal({ guard, onProgress: () => undefined });
    const inUse = new RegExp(`${port}\\b.* in use`);
    try {
      await expect(startLocalAws({ stateDir, guard, port })).rejects.toThrow(inUse);
      const temporal = { cliPath, stateDir, guard, searchAttributes: {}, retentionDays: 1 };
      await expect(startTemporal({ ...temporal, port })).rejects.toThrow(inUse);
      await expect(startTemporal({ ...temporal, uiPort: port })).rejects.toThrow(inUse);
    } finally {
      other.close();
    }
  });
});
