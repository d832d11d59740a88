import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines } from '../image/last-lines';
import { couldNotTell, listed, printable } from './finding';
import type { Scanner } from './scanner';

/** gitleaks answers 1 for leaks and for trouble of its own alike, unless leaks are given another code. */
const LEAKS = 10;
const NOT_FOUND = 127;
/** Beside exit code 0 it must say so: it exits 0 as well when Git fails and nothing was scanned (seen with 8.30.1). */
const SCANNED = /\b[1-9]\d* commits scanned\b/;
const ERROR = /^\S+ (?:ERR|FTL) /m;
const SHOWN = 5;
const LISTED = 50;

/** Its own rules and no others: without `-c` the commit's `.gitleaks.toml` would count. */
const CONFIG = '[extend]\nuseDefault = true\n';

/**
 * Runs the `gitleaks` on PATH over the history that the checkout holds. Without it the gate could not tell; no other tool
 * takes its place. Nothing in the commit can change what is looked for: neither its `.gitleaks.toml`, nor `gitleaks:allow`
 * comments, nor `.gitleaksignore` (read from the scanned folder whatever the options say), nor attributes that make Git hide
 * a file from `git log -p`.
 */
export const scanWithGitleaks: Scanner = async (gate, context) => {
  const checkout = await context.cleanCheckout();
  await rm(path.join(checkout, '.gitleaksignore'), { recursive: true, force: true });
  await showEveryFile(checkout);
  const [config, report] = [path.join(context.own, 'gitleaks.toml'), path.join(context.own, 'report.json')];
  await writeFile(config, CONFIG);
  const ended = await context.execute({
    argv: commandLine(checkout, config, report, gate.timeoutMs),
    cwd: context.own,
    timeoutMs: gate.timeoutMs,
  });

  if (ended.timedOut) return couldNotTell(`gitleaks was not done when the gate's ${gate.timeoutMs / 1000} s were over`);
  if (ended.exitCode === NOT_FOUND) return couldNotTell('gitleaks is not installed on this worker');
  const places = await readPlaces(report);
  if (ended.exitCode === 0 && places?.length === 0 && SCANNED.test(ended.tail) && !ERROR.test(ended.tail)) {
    return { verdict: 'passed', cause: 'gitleaks found no leaks', tail: '' };
  }
  if (ended.exitCode === LEAKS && places && places.length > 0) {
    const what = places.length === 1 ? 'a leak' : `${places.length} leaks`;
    return {
      verdict: 'failed',
      cause: `gitleaks found ${what}: ${listed(places, SHOWN)}`,
      tail: places.slice(0, LISTED).join('\n'),
    };
  }
  return couldNotTell(
    `gitleaks broke off (exit code ${ended.exitCode}): what it has looked at is not known`,
    lastLines(ended.tail),
  );
};

function commandLine(checkout: string, config: string, report: string, timeoutMs: number): string[] {
  return [
    ...['gitleaks', 'git', checkout, '--report-format', 'json', '--report-path', report, '--redact=100'],
    ...['--no-banner', '--no-color', '--log-level', 'info', '--exit-code', String(LEAKS), '--ignore-gitleaks-allow'],
    ...['-c', config, '--timeout', String(Math.ceil(timeoutMs / 1000))],
  ];
}

/** `$GIT_DIR/info/attributes` goes before the commit's `.gitattributes`, where `-diff` would turn a file into "Binary files differ". */
async function showEveryFile(checkout: string): Promise<void> {
  const info = path.join(checkout, '.git', 'info');
  await mkdir(info, { recursive: true });
  await writeFile(path.join(info, 'attributes'), '* diff\n');
}

/** Where the leaks are, without what leaked; undefined when there is no whole report. */
async function readPlaces(report: string): Promise<string[] | undefined> {
  try {
    const leaks: unknown = JSON.parse(await readFile(report, 'utf8'));
    return Array.isArray(leaks) ? leaks.map(placeOf) : undefined;
  } catch {
    return undefined;
  }
}

function placeOf(leak: unknown): string {
  const { File, StartLine, RuleID, Commit } = leak as Readonly<Record<string, unknown>>;
  const commit = typeof Commit === 'string' && Commit !== '' ? ` in ${Commit.slice(0, 12)}` : '';
  return `${printable(String(File))}:${String(StartLine)} (${printable(String(RuleID))})${commit}`;
}
