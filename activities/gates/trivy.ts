import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TypedError } from '../../model/failures';
import type { GateOf } from '../../model/gates/kinds';
import { counting, parseTrivyReport } from '../../model/scanners/trivy-report';
import type { TrivyReport, Vulnerability } from '../../model/scanners/trivy-report';
import { lastLines } from '../process/last-lines';
import type { ProcessResult } from '../process/run';
import type { GateContext } from './context';
import { couldNotTell, listed, plural, printable } from './finding';
import type { Finding } from './finding';
import { lockFilesIn } from './lock-files';

/** Trivy ends with 1 for trouble of its own, hence another code for what it found. */
const FOUND = 10;
const NOT_FOUND = 127;
const REPORT_LIMIT_BYTES = 64 * 1024 ** 2;
const SHOWN = 5;
const LISTED = 50;

/** What it says when its database, which it fetches from public registries, cannot be had: that passes, often soon. */
const NO_DATABASE =
  /TOOMANYREQUESTS|failed to download (?:vulnerability|java|artifact)|(?:DB|database) (?:download|update|init\w*) (?:error|failed)|OCI artifact error|unable to (?:download|initialize) .*DB|i\/o timeout|no such host|connection (?:refused|reset)/i;

/**
 * Runs the `trivy` of this worker over the lock files of the commit. Everything that it would take from the folder that it
 * works in (`trivy.yaml`, `.trivyignore`) is given by us: empty, or the files that the policy names. Its working folder is
 * none of the commit's.
 *
 * It has told something only if it looked at packages, and at every lock file that names any. When its database cannot be
 * had, that is trouble of ours, thrown to be retried.
 */
export async function scanWithTrivy(gate: GateOf<'trivy'>, context: GateContext): Promise<Finding> {
  const tool = await context.tool('trivy');
  if (!tool.ok) return couldNotTell(tool.why);
  const checkout = await context.cleanCheckout();
  const report = path.join(context.own, 'trivy.json');
  const argv = [tool.program, ...(await options(gate, context, report)), checkout];
  const ended = await context.execute({ argv, cwd: context.own, timeoutMs: gate.timeoutMs });

  if (ended.timedOut) return couldNotTell(`trivy was not done when the gate's ${gate.timeoutMs / 1000} s were over`);
  if (ended.exitCode === NOT_FOUND) return couldNotTell('trivy is not installed on this worker');
  if (ended.exitCode !== 0 && ended.exitCode !== FOUND) return brokeOff(ended);
  const text = await readBounded(report);
  const read = text === undefined ? undefined : parseTrivyReport(text);
  if (read === undefined)
    return couldNotTell(
      `trivy ended with exit code ${ended.exitCode} without a report that can be read`,
      lastLines(ended.tail),
    );

  const found = counting(read.vulnerabilities, gate);
  if (found.length > 0) return failed(found);
  if (ended.exitCode === FOUND)
    return couldNotTell('trivy says by its exit code that it found something, and by its report that it did not');
  return passed(gate, read, await lockFilesIn(checkout));
}

async function options(gate: GateOf<'trivy'>, context: GateContext, report: string): Promise<string[]> {
  const { own, caches, tools } = context;
  const { ignoreFile, config, vex, skipDbUpdate } = tools.trivy ?? {};
  const [noConfig, noIgnore] = [path.join(own, 'trivy.yaml'), path.join(own, 'trivyignore')];
  await Promise.all([writeFile(noConfig, '{}\n'), writeFile(noIgnore, '')]);
  const cache = path.join(caches, 'trivy');
  await mkdir(cache, { recursive: true, mode: 0o700 });
  return [
    ...['fs', '--format', 'json', '--output', report, '--list-all-pkgs', '--scanners', 'vuln'],
    ...['--severity', gate.severity.join(','), '--exit-code', String(FOUND)],
    ...['--config', config ?? noConfig, '--ignorefile', ignoreFile ?? noIgnore, '--cache-dir', cache],
    ...['--no-progress', '--skip-version-check', '--disable-telemetry'],
    ...['--timeout', `${Math.ceil(gate.timeoutMs / 1000)}s`],
    ...(gate.ignoreUnfixed ? ['--ignore-unfixed'] : []),
    ...(gate.devDependencies ? ['--include-dev-deps'] : []),
    ...(vex === undefined ? [] : ['--vex', vex]),
    ...(skipDbUpdate === true ? ['--skip-db-update', '--skip-java-db-update', '--offline-scan'] : []),
  ];
}

function brokeOff({ exitCode, tail }: ProcessResult): Finding {
  const last = lastLines(tail);
  if (NO_DATABASE.test(tail)) {
    const why = printable(tail.split('\n').findLast((line) => NO_DATABASE.test(line)) ?? '', 300);
    throw new TypedError('Unavailable', `trivy could not get its database of vulnerabilities: ${why}`);
  }
  return couldNotTell(`trivy broke off with exit code ${exitCode}`, last);
}

function failed(found: readonly Vulnerability[]): Finding {
  const kinds = [...new Set(found.map(({ severity }) => severity))];
  const counts = kinds.map((kind) => `${found.filter(({ severity }) => severity === kind).length} ${kind}`).join(', ');
  const what = found.length === 1 ? 'a vulnerability' : `${found.length} vulnerabilities`;
  const names = found.map(inWords);
  return {
    verdict: 'failed',
    cause: `trivy found ${what} (${counts}): ${listed(names, SHOWN)}`,
    tail: names.slice(0, LISTED).join('\n'),
  };
}

function inWords({ id, packageName, installed, fixed, target }: Vulnerability): string {
  const remedy = fixed === undefined ? 'not fixed yet' : `fixed in ${printable(fixed, 60)}`;
  return `${printable(id, 40)} in ${printable(packageName, 80)} ${printable(installed, 40)} of ${printable(target)}, ${remedy}`;
}

function passed(gate: GateOf<'trivy'>, { looked }: TrivyReport, lockFiles: readonly string[]): Finding {
  const seen = looked.filter(({ packages }) => packages > 0);
  const packages = seen.reduce((all, each) => all + each.packages, 0);
  if (packages === 0)
    return couldNotTell('trivy found no packages to look at: there is no lock file that it knows with a version in it');
  const targets = new Set(seen.map(({ target }) => target));
  const missed = lockFiles.filter((file) => !targets.has(file));
  if (missed.length > 0) {
    const hint = gate.devDependencies ? '' : '; where only development needs them, set `dev-dependencies: true`';
    return couldNotTell(
      `trivy did not look at ${listed(
        missed.map((file) => printable(file)),
        SHOWN,
      )}${hint}`,
    );
  }
  return {
    verdict: 'passed',
    cause: `trivy found no ${gate.severity.join(' or ')} vulnerability in ${plural(packages, 'package')} of ${listed(
      [...targets].map((target) => printable(target)),
      SHOWN,
    )}`,
    tail: '',
  };
}

/** Undefined when it is not there or too large. */
async function readBounded(file: string): Promise<string | undefined> {
  const handle = await open(file).catch(() => undefined);
  try {
    const size = (await handle?.stat())?.size ?? Infinity;
    return size > REPORT_LIMIT_BYTES ? undefined : await handle?.readFile('utf8');
  } finally {
    await handle?.close();
  }
}
