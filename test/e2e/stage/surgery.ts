import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { registerDoctor } from '../../../bin/doctor/command';
import type { CliDeps } from '../../../client/commands/deps';
import { buildProgram, runProgram } from '../../../client/commands/program';
import { connectReleases } from '../../../client/releases';
import { outputList } from '../../client/render/output-list';
import type { CliRun } from './cli';
import type { Project } from './project';
import { releaseFile } from './project';
import type { Stage } from './stage';
import { openStage } from './stage';

/** A stage with the project `shop`, in which everything is as it should be, for a doctor to look at. */
export interface Surgery {
  stage: Stage;
  project: Project;
  /** A web server that answers at `/version` with what `say` was told last, and anywhere else never. */
  url: string;
  say(body: string): void;
  /** Nobody listens there. */
  dead: string;
  /** release.yml of the work tree, with some text in it changed; nothing of it is committed. */
  edit(change?: (text: string) => string): Promise<void>;
  /** `sluice doctor` in this process, whose AWS is the stage's; its Temporal too, unless `env` says otherwise. */
  doctor(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliRun>;
  close(): Promise<void>;
}

export async function openSurgery(): Promise<Surgery> {
  const stage = await openStage();
  const project = await stage.project('shop');
  let answer = '';
  const web = createServer((request, response) => {
    if (request.url === '/version') response.end(answer);
  });
  const gone = createServer();
  const [url, dead] = await Promise.all([listening(web), listening(gone)]);
  gone.close();
  return {
    stage,
    project,
    url,
    dead,
    say: (body) => (answer = body),
    edit: (change = (text) => text) => writeFile(path.join(project.path, 'release.yml'), change(releaseFile('shop'))),
    doctor: (args = [], env = stage.temporal) => doctorHere(args, project.path, { ...stage.account.env, ...env }),
    async close() {
      web.closeAllConnections();
      web.close();
      await stage.close();
    },
  };
}

/** For `edit`: the service is then asked there by HTTP. */
export function askedAt(where: string): (text: string) => string {
  return (text) => text.replace('digest: true', `http: '${where}', commit-at: commit, timeout: 500ms`);
}

/** What the doctor says of one check: its line, and those below that belong to it. */
export function said({ stdout }: CliRun, check: string): string {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => /^\w+ +/.test(line) && line.includes(`  ${check}: `));
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return [lines[first], ...rest.slice(0, end)].join('\n');
}

/** How many checks failed. */
export function failures({ stdout }: CliRun): number {
  return [...stdout.matchAll(/^FAILED/gm)].length;
}

async function doctorHere(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<CliRun> {
  const [stdout, stderr] = [outputList(), outputList()];
  const deps: CliDeps = {
    version: '0.0.0',
    stdout,
    stderr,
    env,
    cwd,
    connect: connectReleases,
    onInterrupt: () => () => undefined,
    exitNow: () => undefined,
    now: Date.now,
    exit: { code: 0 },
  };
  const program = buildProgram(deps);
  registerDoctor(program, deps);
  const exitCode = await runProgram(program, ['doctor', ...args], deps);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
