import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { PACKAGE_ROOT } from '../../../../bin/root';
import { readEnvironmentFile } from './environment-file';

interface Metadata {
  inputs: Record<string, { required: boolean; default?: string }>;
  outputs: Record<string, unknown>;
  runs: { using: string; main: string };
}

export const ACTION = parse(readFileSync(path.join(PACKAGE_ROOT, 'action.yml'), 'utf8')) as Metadata;

/** One step that uses the action. */
export interface Step {
  with: Readonly<Record<string, string>>;
  /** `github.sha` */
  sha: string;
  /** What `permissions: id-token: write` puts there. */
  idToken?: { url: string; token: string } | undefined;
}

export interface StepEnd {
  exitCode: number | null;
  /** What killed it, where it did not end by itself. */
  signal: NodeJS.Signals | null;
  outputs: Record<string, string>;
  summary: string;
  log: string;
  /** The log as people see it: without the lines that are for the runner alone, and with secrets masked. */
  shown: string;
}

export interface RunningStep {
  log(): string;
  signal(name: NodeJS.Signals): void;
  ended: Promise<StepEnd>;
}

/** Runs the committed bundle as a runner does: inputs and files by environment, nothing else of ours in it. */
export async function runStep({ with: given, sha, idToken }: Step): Promise<RunningStep> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-step-'));
  const file = (name: string): string => path.join(folder, name);
  await Promise.all(['output', 'summary'].map((name) => writeFile(file(name), '')));
  const child = spawn(process.execPath, [path.join(PACKAGE_ROOT, ACTION.runs.main)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inputsOf(given, sha),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_RUN_ID: '9000',
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary'),
      ...(idToken && { ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token }),
    },
  });
  let log = '';
  child.stdout.on('data', (piece: Buffer) => (log += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (log += piece.toString()));
  const ended = endOf(child).then(async ({ exitCode, signal }): Promise<StepEnd> => {
    const outputs = readEnvironmentFile(await readFile(file('output'), 'utf8'));
    const summary = await readFile(file('summary'), 'utf8');
    await rm(folder, { recursive: true });
    return { exitCode, signal, outputs, summary, log, shown: masked(log) };
  });
  return { log: () => log, signal: (name) => void child.kill(name), ended };
}

async function endOf(child: ChildProcess): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal };
}

/** The runner refuses no unknown input, but warns; a test that gives one means another. */
function inputsOf(given: Readonly<Record<string, string>>, sha: string): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(ACTION.inputs, name));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(ACTION.inputs).map(([name, { default: byDefault = '' }]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      given[name] ?? byDefault.replace('${{ github.sha }}', sha),
    ]),
  );
}

function masked(log: string): string {
  const secrets: string[] = [];
  const shown = log.split('\n').map((line) => {
    const secret = /^::add-mask::(.+)$/.exec(line)?.[1];
    if (secret !== undefined) secrets.push(secret);
    return secret === undefined ? secrets.reduce((text, each) => text.replaceAll(each, '***'), line) : '';
  });
  return shown.join('\n');
}
