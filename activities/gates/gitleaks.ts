import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines } from '../process/last-lines';
import { couldNotTell, listed, printable } from './finding';
import type { Scanner } from './scanner';

/** gitleaks answers 1 for leaks and for trouble of its own alike, unless leaks are given another code. */
const LEAKS = 10;
const NOT_FOUND = 127;
/**
 * Beside exit code 0 it must say that it looked at something, and warn of nothing: 8.30.1 exits 0 as well when the folder
 * is not there or a file cannot be read.
 */
const SCANNED = /\bscanned ~[1-9]\d* bytes\b/;
const TROUBLE = /^\S+ (?:WRN|ERR|FTL) /m;
const SHOWN = 5;
const LISTED = 50;

/** Its own rules and no others: without `-c` the commit's `.gitleaks.toml` would count. */
const CONFIG = '[extend]\nuseDefault = true\n';

/**
 * Runs the `gitleaks` on PATH over the files of the commit. Without it the gate could not tell; no other tool takes its
 * place. Nothing in the commit can change what is looked for: neither its `.gitleaks.toml`, nor `gitleaks:allow` comments,
 * nor `.gitleaksignore` (read from the scanned folder whatever the options say). It scans a folder and not a history,
 * since `gitleaks git` believes the commit's `.gitattributes`: what is marked `-diff` there it does not see.
 */
export const scanWithGitleaks: Scanner = async (gate, context) => {
  const checkout = await context.cleanCheckout();
  await rm(path.join(checkout, '.gitleaksignore'), { recursive: true, force: true });
  const [config, report] = [path.join(context.own, 'gitleaks.toml'), path.join(context.own, 'report.json')];
  await writeFile(config, CONFIG);
  const ended = await context.execute({
    argv: commandLine(checkout, config, report, gate.timeoutMs),
    cwd: context.own,
    timeoutMs: gate.timeoutMs,
  });

  if (ended.timedOut) return couldNotTell(`gitleaks was not done when the gate's ${gate.timeoutMs / 1000} s were over`);
  if (ended.exitCode === NOT_FOUND) return couldNotTell('gitleaks is not installed on this worker');
  const places = await readPlaces(report, checkout);
  if (ended.exitCode === 0 && places?.length === 0 && SCANNED.test(ended.tail) && !TROUBLE.test(ended.tail)) {
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
    `gitleaks does not say that it has looked at everything (exit code ${ended.exitCode})`,
    lastLines(ended.tail),
  );
};

function commandLine(checkout: string, config: string, report: string, timeoutMs: number): string[] {
  return [
    ...['gitleaks', 'dir', checkout, '--report-format', 'json', '--report-path', report, '--redact=100'],
    ...['--no-banner', '--no-color', '--log-level', 'info', '--exit-code', String(LEAKS), '--ignore-gitleaks-allow'],
    ...['-c', config, '--timeout', String(Math.ceil(timeoutMs / 1000))],
  ];
}

/** Where the leaks are, without what leaked; undefined when there is no whole report. */
async function readPlaces(report: string, checkout: string): Promise<string[] | undefined> {
  try {
    const leaks: unknown = JSON.parse(await readFile(report, 'utf8'));
    return Array.isArray(leaks) ? leaks.map((leak) => placeOf(leak as LeakInReport, checkout)) : undefined;
  } catch {
    return undefined;
  }
}

type LeakInReport = Readonly<Record<'File' | 'StartLine' | 'RuleID', unknown>>;

function placeOf({ File, StartLine, RuleID }: LeakInReport, checkout: string): string {
  const file = path.relative(checkout, path.resolve(checkout, String(File)));
  return `${printable(file)}:${String(StartLine)} (${printable(String(RuleID))})`;
}
