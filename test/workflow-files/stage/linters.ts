import { execFile } from 'node:child_process';
import path from 'node:path';
import type { GoTool } from '../../compose/stage/go-tools';
import { goTool } from '../../compose/stage/go-tools';
import { pythonTools } from '../../helpers/python-tools';

const ACTIONLINT: GoTool = { module: 'github.com/rhysd/actionlint', version: 'v1.7.12', package: 'cmd/actionlint' };
const SETTINGS = path.join(__dirname, '..');
const LIMIT_MS = 120_000;

export interface LintRun {
  exitCode: number;
  /** What it said of what it found; empty for nothing. */
  findings: string;
}

export interface Linters {
  /** All workflows of the repository in `folder`, their shell lines included. */
  actionlint(folder: string): Promise<LintRun>;
  /** Workflows and actions below `inputs`, by every audit that needs no network. */
  zizmor(...inputs: string[]): Promise<LintRun>;
}

/** Installs what is missing: a quarter of a minute with pip, two minutes of Go the first time. */
export async function linters(): Promise<Linters> {
  const python = await pythonTools(path.join(SETTINGS, 'requirements.txt'));
  const actionlint = await goTool(ACTIONLINT);
  return {
    actionlint: (folder) =>
      run(folder, actionlint, [
        ...['-config-file', path.join(SETTINGS, 'actionlint.yaml')],
        ...['-shellcheck', python.bin('shellcheck'), '-pyflakes=', '-no-color', '-oneline'],
      ]),
    zizmor: (...inputs) =>
      run(SETTINGS, python.bin('zizmor'), [
        ...['--offline', '--no-progress', '--quiet', '--color=never', '--persona=pedantic'],
        ...['--config', path.join(SETTINGS, 'zizmor.yml'), '--format=plain', ...inputs],
      ]),
  };
}

function run(cwd: string, program: string, args: readonly string[]): Promise<LintRun> {
  // Nothing of GitHub in it: a token would send zizmor to the network.
  const env = { PATH: process.env['PATH'], HOME: cwd };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') {
        const findings = exitCode === 0 ? stdout.replace(/^No findings to report\..*\n/, '') : stdout + stderr;
        resolve({ exitCode, findings: findings.trim() });
      } else {
        reject(new Error(`${program} did not run: ${stderr}`, { cause: error }));
      }
    });
  });
}
