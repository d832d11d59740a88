import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RootContent } from './rootfs';

const run = promisify(execFile);
const ASK_WITHIN_MS = 10_000;
const SHELL = '/bin/sh';

/** This Node and a shell. */
export function nodeRoot(): RootContent {
  return { programs: [process.execPath, SHELL], links: linksTo(process.execPath, ['node']) };
}

/**
 * A Python with its standard library and a shell, as `python` and `python3` on the usual PATH. Without tests, IDLE, Tk and
 * site-packages. `python3` is a path or a name on PATH; that of a virtual environment means the Python behind it.
 */
export async function pythonRoot(python3: string): Promise<RootContent> {
  const question =
    'import os, sys, sysconfig; print(os.path.realpath(sys._base_executable))' +
    "; print(sysconfig.get_path('stdlib')); print(sysconfig.get_path('platstdlib'))";
  const { stdout } = await run(python3, ['-I', '-c', question], { timeout: ASK_WITHIN_MS });
  const [program = '', ...libraries] = stdout.trim().split('\n');
  return {
    programs: [program, SHELL],
    folders: [...new Set(libraries)].map((library) => ({ path: library, without: isNotNeededToRun })),
    links: linksTo(program, ['python', 'python3']),
  };
}

/** What a program on a server never imports, and byte code for levels of optimization that nobody asks for. */
function isNotNeededToRun(relative: string): boolean {
  const [top = ''] = relative.split(path.sep);
  const unwanted = [
    'test',
    'idlelib',
    'turtledemo',
    'tkinter',
    'lib2to3',
    'ensurepip',
    'site-packages',
    'dist-packages',
  ];
  if (unwanted.includes(top) || top.startsWith('config-')) return true;
  return /(?:^|\/)(?:tests?|(?:_tkinter|_test|_ctypes_test)[^/]*\.so)$|\.opt-[12]\.pyc$|\.a$/.test(relative);
}

function linksTo(program: string, names: readonly string[]): Record<string, string> {
  const wanted = names.map((name) => `/usr/local/bin/${name}`).filter((link) => link !== program);
  return Object.fromEntries(wanted.map((link) => [link, program]));
}
