import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProcess } from '../../../activities/process/run';
import type { ProcessOptions, ProcessResult } from '../../../activities/process/run';
import { waitFor } from '../../helpers/wait-for';

const guard = [process.execPath, path.resolve(__dirname, '../../../bin/guard.mjs')];
let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'sluice-run-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function run(argv: string[], options: Partial<ProcessOptions> = {}): Promise<ProcessResult> {
  const env = { PATH: process.env['PATH'] ?? '' };
  return runProcess({ argv, cwd, env, guard, timeoutMs: 30_000, outputLimitBytes: 1e6, tailBytes: 1e4, ...options });
}

const sh = (code: string, options: Partial<ProcessOptions> = {}): Promise<ProcessResult> =>
  run(['sh', '-c', code], options);

function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

const readPid = (name: string): number | undefined => {
  try {
    const text = readFileSync(path.join(cwd, name), 'utf8');
    return text.endsWith('\n') ? Number(text) : undefined;
  } catch {
    return undefined;
  }
};

describe('running a command', () => {
  it.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['kill -9 $$', 137],
  ])('answers the exit code of `%s`', async (code, exitCode) => {
    expect(await sh(code)).toMatchObject({ exitCode, timedOut: false });
  });

  it('answers 127 for a program that is not there', async () => {
    expect(await run(['no-such-program'])).toMatchObject({ exitCode: 127, tail: 'no-such-program: not found\n' });
  });

  it('rejects for a folder that is not there', async () => {
    await expect(sh('true', { cwd: path.join(cwd, 'absent') })).rejects.toThrow(/ENOENT/);
  });

  it('gives the child exactly the environment it was told', async () => {
    const env = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--no-such-flag' };
    const names = (await run(['env'], { env })).tail.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter(Boolean).sort()).toEqual(['NODE_OPTIONS', 'PATH', 'SLUICE_CHILD']);
  });

  it('gives the child the input it was told, and none otherwise', async () => {
    expect((await run(['cat'], { input: 'given' })).tail).toBe('given');
    expect((await run(['cat'])).tail).toBe('');
  });

  it('survives a child that does not read its input', async () => {
    expect((await sh('exit 0', { input: 'x'.repeat(1e6) })).exitCode).toBe(0);
  });
});

describe('the output of a command', () => {
  it('is interleaved, and handed on line by line', async () => {
    const lines: string[] = [];
    const result = await sh('echo one; sleep 0.05; echo two >&2; sleep 0.05; printf three', {
      onLine: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ tail: 'one\ntwo\nthree', outputBytes: 13 });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('is kept in memory by its end only, in whole characters', async () => {
    const result = await sh(`printf '%s' 'ää' 'end'`, { tailBytes: 4 });
    expect(result.tail).toBe('end');
    expect(result.outputBytes).toBe(7);
  });

  it('goes to the log file up to the limit, which the file says', async () => {
    const logFile = path.join(cwd, 'log');
    await sh(`printf '0123456789'; sleep 0.05; printf 'more'`, { logFile, outputLimitBytes: 8 });
    expect(readFileSync(logFile, 'utf8')).toBe('01234567\n[output cut here: more than 8 bytes]\n');
  });

  it('is given as it is, and kept apart from stderr, to one who asks for stdout', async () => {
    const pieces: Buffer[] = [];
    const result = await sh('head -c 300000 /dev/zero; echo oops >&2', { onStdout: (piece) => pieces.push(piece) });
    expect(Buffer.concat(pieces)).toHaveLength(300_000);
    expect(result.tail).toBe('oops\n');
  });

  it('that cannot be kept is an error, not a loss in silence', async () => {
    await expect(sh('echo x', { logFile: '/dev/full' })).rejects.toThrow('the output could not be kept in /dev/full');
  });
});

describe('the end of a command', () => {
  it('comes by SIGTERM when its time is up', async () => {
    expect(await sh('sleep 300', { timeoutMs: 300 })).toMatchObject({ timedOut: true, exitCode: 143 });
  });

  it('comes by force when it ignores SIGTERM', async () => {
    const result = await sh(`trap '' TERM; while :; do sleep 0.05; done`, { timeoutMs: 300, graceMs: 100 });
    expect(result).toMatchObject({ timedOut: true, exitCode: 137 });
  });

  it('comes on abort, with the reason of the signal, when the whole tree is gone', async () => {
    const controller = new AbortController();
    const reason = new Error('the release was aborted');
    const ended = sh(`trap '' TERM; sleep 300 & echo $! > sleeper; wait; wait; sleep 300`, {
      signal: controller.signal,
      graceMs: 100,
    });
    const pid = await waitFor('the sleeper', () => readPid('sleeper'));
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
    expect(isAlive(pid)).toBe(false);
  });

  it('does not begin when the signal has aborted before', async () => {
    await expect(sh('echo x > begun', { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(readPid('begun')).toBeUndefined();
  });

  it('takes daemons along that left the process group', async () => {
    const result = await sh('setsid sleep 300 & echo $! > daemon; sleep 0.1; cat daemon');
    expect(result.exitCode).toBe(0);
    expect(isAlive(Number(result.tail))).toBe(false);
  });

  it('takes the tree along when the guard itself is killed', async () => {
    const ended = sh('echo $PPID > guard; sleep 300');
    process.kill(await waitFor('the guard', () => readPid('guard')), 'SIGKILL');
    expect((await ended).exitCode).toBe(137);
  });
});
