import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { waitFor } from '../helpers/wait-for';

const guard = path.resolve(__dirname, '../../bin/guard.mjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-guard-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(argv: string[], options: { lifeline?: boolean; env?: Record<string, string> } = {}): ChildProcess {
  return spawn(process.execPath, [guard, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.lifeline ? (['pipe'] as const) : [])],
    env: { ...process.env, ...options.env },
  });
}

async function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { code: child.exitCode, stdout, stderr };
}

function script(name: string, content: string | Buffer, mode = 0o755): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

/** A program that ignores SIGTERM and leaves a child in the background; writes both pids to a file. */
function stubbornTree(name: string): { argv: string[]; pids: () => number[] } {
  const file = path.join(folder, name);
  const code = `trap '' TERM; sleep 300 & echo "$$ $!" > "${file}.tmp"; mv "${file}.tmp" "${file}"; wait; wait; sleep 300`;
  return {
    argv: ['sh', '-c', code],
    pids: () => {
      try {
        return readFileSync(file, 'utf8').trim().split(' ').map(Number);
      } catch {
        return [];
      }
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

const foreignBinary = (): Buffer => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
  return header;
};

describe('the exit code of the guard', () => {
  it.each([
    ['the program succeeded', 'exit 0', 0],
    ['the program failed', 'exit 7', 7],
    ['the program was ended by SIGTERM', 'kill -TERM $$', 143],
    ['the program was ended by SIGKILL', 'kill -KILL $$', 137],
  ])('says that %s', async (_, code, expected) => {
    expect((await finish(start(['sh', '-c', code]))).code).toBe(expected);
  });

  it.each([
    ['a name that is nowhere on PATH', () => 'no-such-program', 127, /^no-such-program: not found\n$/],
    ['a path that is not there', () => path.join(folder, 'absent'), 127, /: not found\n$/],
    ['a script whose interpreter is missing', () => script('lost', '#!/no/such/shell\n'), 127, /: ENOENT\n$/],
    ['a file without the executable bit', () => script('plain', '#!/bin/sh\n', 0o644), 126, /: permission denied\n$/],
    ['a binary for another processor', () => script('foreign', foreignBinary()), 126, /: exec format error\n$/],
    ['a text without an interpreter line', () => script('bare', 'exit 0\n'), 126, /: exec format error\n$/],
  ])('tells %s, in one line', async (_, program, code, line) => {
    const ended = await finish(start([program()]));
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(line);
    expect(ended.stderr.split('\n')).toHaveLength(2);
  });
});

describe('the guard', () => {
  it('passes the output through and needs no fd 3', async () => {
    const ended = await finish(start(['sh', '-c', 'echo out; echo err >&2']));
    expect(ended).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('does not leak fd 3 to the program', async () => {
    const held = start(['sh', '-c', 'ls -l /proc/$$/fd'], { lifeline: true });
    const { stdout } = await finish(held);
    expect(stdout).toMatch(/ 2 ->/);
    expect(stdout).not.toMatch(/ 3 -> socket/);
  });

  it('writes the pid of the program to fd 3', async () => {
    const child = start(['sh', '-c', 'echo $$'], { lifeline: true });
    const told = text(child.stdio[3] as NodeJS.ReadableStream);
    const { stdout } = await finish(child);
    expect(await told).toBe(stdout);
  });

  it('gives the program the NODE_OPTIONS that were meant for it', async () => {
    const env = { SLUICE_GUARDED_NODE_OPTIONS: '--no-such-flag' };
    const { stdout } = await finish(start(['sh', '-c', 'echo "$NODE_OPTIONS"'], { env }));
    expect(stdout).toBe('--no-such-flag\n');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('hands %s to the whole group', async (signal) => {
    const child = start(['sh', '-c', 'sleep 300 & echo $!; wait']);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    child.kill(signal);
    await finish(child);
    expect(child.exitCode).toBe(signal === 'SIGTERM' ? 143 : 130);
    expect(isAlive(Number(line.toString()))).toBe(false);
  });

  it('kills what the program left in its group', async () => {
    const { stdout } = await finish(start(['sh', '-c', 'sleep 300 >/dev/null 2>&1 & echo $!']));
    await waitFor('the sleeper to die', () => !isAlive(Number(stdout)));
  });

  it('kills the group when the pipe is closed, and exits 137', async () => {
    const tree = stubbornTree('closed');
    const child = start(tree.argv, { lifeline: true });
    const pids = await waitFor('the tree', () => tree.pids().length === 2 && tree.pids());
    child.kill('SIGTERM');
    expect(pids.some(isAlive)).toBe(true);
    child.stdio[3]!.destroy();
    expect((await finish(child)).code).toBe(137);
    await waitFor('the tree to die', () => !pids.some(isAlive));
  });

  it('kills the group when the one who holds the pipe is killed with -9', async () => {
    const tree = stubbornTree('orphaned');
    const starter = spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn(process.execPath, ${JSON.stringify([guard, ...tree.argv])},
         { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true }); setInterval(() => {}, 1000);`,
    ]);
    const pids = await waitFor('the tree', () => tree.pids().length === 2 && tree.pids());
    starter.kill('SIGKILL');
    await waitFor('the tree to die', () => !pids.some(isAlive));
  });
});
