import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { registerRun } from '../../bin/run-command';
import { registerWorker } from '../../bin/worker-command';
import { policyOf } from '../../bin/policy-option';
import type { CliDeps } from '../../client/commands/deps';
import { buildProgram, runProgram } from '../../client/commands/program';
import { connectReleases } from '../../client/releases';
import { outputList } from '../client/render/output-list';
import { SMALLEST } from '../model/policy/example';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'sluice-policy-'));
  mkdirSync(path.join(cwd, 'etc'));
  writeFileSync(path.join(cwd, 'etc', 'policy.yml'), SMALLEST);
  writeFileSync(
    path.join(cwd, 'wrong.yml'),
    SMALLEST.replace('repository-owner-id', 'owner-id').replace('shop }', 'Shop }'),
  );
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const projectsOf = async (named: string | undefined, env: Record<string, string> = {}) =>
  (await policyOf({ cwd, env }, named))?.projects.map(({ project }) => project);

it('is read from the file that is named on the command line, else in SLUICE_POLICY', async () => {
  expect(await projectsOf('etc/policy.yml')).toEqual(['shop']);
  expect(await projectsOf(undefined, { SLUICE_POLICY: path.join(cwd, 'etc', 'policy.yml') })).toEqual(['shop']);
  expect(await projectsOf('etc/policy.yml', { SLUICE_POLICY: 'nowhere.yml' })).toEqual(['shop']);
});

it('is none where neither names one; a variable that is set to nothing names none', async () => {
  expect(await projectsOf(undefined)).toBeUndefined();
  expect(await projectsOf(undefined, { SLUICE_POLICY: '' })).toBeUndefined();
});

describe.each(['run', 'worker'])('sluice %s', (command) => {
  async function run(args: string[], env: Record<string, string> = {}) {
    const [stdout, stderr] = [outputList(), outputList()];
    const deps: CliDeps = {
      version: '0.0.0',
      stdout,
      stderr,
      env: { ...(command === 'worker' && { TEMPORAL_ADDRESS: '127.0.0.1:1' }), ...env },
      cwd,
      connect: connectReleases,
      onInterrupt: () => () => undefined,
      exitNow: () => undefined,
      now: Date.now,
      exit: { code: 0 },
    };
    const program = buildProgram(deps);
    registerRun(program, deps);
    registerWorker(program, deps);
    const exitCode = await runProgram(program, [command, ...args], deps);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text().trimEnd() };
  }

  it('ends with 2 for a wrong file, and says each problem with file, line and column', async () => {
    const expected = {
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^wrong\.yml:6:5: unknown key `owner-id`; .*\n.*wrong\.yml:8:26: `repository` is "Shop": expected the name of an ECR/,
      ) as string,
    };
    const byOption = await run(['--policy', 'wrong.yml']);
    expect({ ...byOption, stderr: withMissing(byOption.stderr) }).toEqual(expected);
    const byVariable = await run([], { SLUICE_POLICY: 'wrong.yml' });
    expect({ ...byVariable, stderr: withMissing(byVariable.stderr) }).toEqual(expected);
  });

  it('ends with 2 for a file that is not there', async () => {
    expect(await run(['--policy', 'none.yml'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^The policy .*none\.yml cannot be read: ENOENT/) as string,
    });
  });
});

/** Without the line about the key that the misspelt one should have been. */
function withMissing(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.includes('is missing'))
    .join('\n');
}
