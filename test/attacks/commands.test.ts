import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecrets } from '../../activities/gates/secrets';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

const CANARY = 'canary-of-the-worker-77';

let stage: Stage;

beforeEach(() => {
  process.env['AWS_SECRET_ACCESS_KEY'] = CANARY;
  process.env['SLUICE_SECRET_NPM_TOKEN'] = CANARY;
  stage = openStage({ secrets: createSecrets(process.env) });
  stage.commit({ 'a.txt': 'a\n' });
});

afterEach(async () => {
  delete process.env['AWS_SECRET_ACCESS_KEY'];
  delete process.env['SLUICE_SECRET_NPM_TOKEN'];
  await stage.remove();
});

/** As ps has it: empty for a process that is gone, Z for one that only its parent has not heard of. */
function stateOf(pid: string): string {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).trim().slice(0, 1);
  } catch {
    return '';
  }
}

const run = (line: string, more: object = {}) => gateOf('run', { setup: [], run: line, environment: {}, ...more });

describe('a command does not pass by', () => {
  it.each<[string, string, 'failed' | 'undetermined', string]>([
    ['being killed for want of memory', 'kill -KILL $$', 'undetermined', 'was killed (exit code 137)'],
    ['a program that is not there', 'no-such-test-runner', 'undetermined', 'was not found (exit code 127)'],
    ['a program that may not be executed', './a.txt', 'undetermined', 'may not be executed'],
    ['a failure before the last line', 'false\ntrue', 'failed', 'exit code 1'],
    ['a variable that is empty by mistake', 'test -n "$NOT_SET_ANYWHERE"', 'failed', 'exit code'],
    ['a crash', 'kill -SEGV $$', 'failed', 'exit code 139'],
    ['code 256, which some shells take for 0', 'exit 300', 'failed', 'exit code 44'],
  ])('%s', async (_, line, verdict, cause) => {
    expectNoPass(await stage.run(run(line)), verdict, cause);
  });

  it('never ending', async () => {
    expectNoPass(await stage.run({ ...run('sleep 600'), timeoutMs: 500 }), 'undetermined', 'was not done');
  });

  it('ignoring that it should end', async () => {
    const stubborn = { ...run("trap '' TERM; while :; do sleep 1; done"), timeoutMs: 300 };
    expectNoPass(await stage.run(stubborn), 'undetermined', 'was not done');
  });

  it('a setup that fails', async () => {
    expectNoPass(await stage.run(run('true', { setup: ['false'] })), 'undetermined', 'the gate itself was not run');
  });

  it('a process that outlives the gate and would do the rest later', async () => {
    const late = path.join(stage.folder, 'late');
    const daemon = `setsid sh -c 'sleep 1; echo late > ${late}' > /dev/null 2>&1 &`;
    const began = `${daemon} echo $! > ${stage.folder}/pid; exit 1`;
    expectNoPass(await stage.run(run(began)), 'failed', 'exit code 1');
    const pid = readFileSync(path.join(stage.folder, 'pid'), 'utf8').trim();
    expect(stateOf(pid)).toMatch(/^Z?$/);
    expect(existsSync(late)).toBe(false);
  });
});

describe('what a command says does not hold', () => {
  it.each([
    ['the environment of the worker', 'env; exit 1', {}],
    ['a secret that this gate was not given', 'echo "${NPM_TOKEN:-none}"; env; exit 1', {}],
    [
      'a secret that it was given',
      'echo $NPM_TOKEN; printf %s "$NPM_TOKEN" | base64; exit 1',
      { secrets: ['NPM_TOKEN'] },
    ],
  ])('%s', async (_, line, more) => {
    const result = await stage.run(run(line, more));
    expectNoPass(result, 'failed', 'exit code 1');
    const said = JSON.stringify(result) + readFileSync(result.log ?? '', 'utf8');
    for (const form of [CANARY, Buffer.from(CANARY).toString('base64').slice(0, -4)]) expect(said).not.toContain(form);
  });

  it('more than its bounds', async () => {
    const result = await stage.run(run('yes 0123456789012345678901234567890123456789 | head -n 2000000; exit 1'));
    expectNoPass(result, 'failed', 'exit code 1');
    expect(readFileSync(result.log ?? '').length).toBeLessThan(65 * 1024 ** 2);
  });
});
