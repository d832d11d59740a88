import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GateOf } from '../../model/gates/kinds';
import { lastLines } from '../process/last-lines';
import type { GateContext } from './context';
import { couldNotTell, listed, plural, printable } from './finding';
import type { Finding } from './finding';

/** gitleaks answers 1 for leaks and for trouble of its own alike, unless leaks are given another code. */
const LEAKS = 10;
const NOT_FOUND = 127;
/**
 * Beside exit code 0 it must say that it looked at something, and warn of nothing: 8.30.1 exits 0 as well when the folder
 * is not there, a file cannot be read, or git fails.
 */
const SCANNED = { dir: /\bscanned ~[1-9]\d* bytes\b/, git: /\b[1-9]\d* commits scanned\b/ };
const TROUBLE = /^\S+ (?:WRN|ERR|FTL) /m;
const SHOWN = 5;
const LISTED = 50;

/** Its own rules and no others: without `-c` the commit's `.gitleaks.toml` would count. */
const CONFIG = '[extend]\nuseDefault = true\n';

interface Scan {
  mode: 'dir' | 'git';
  /** What is looked at. */
  folder: string;
  options: readonly string[];
  /** Whether it is an answer that there was nothing to look at. */
  mayBeEmpty: boolean;
}

type Looked = { leaks: string[] } | { undetermined: Finding };

/**
 * Runs the `gitleaks` of this worker over the files of the commit, then over all commits that led to it. Without it the
 * gate could not tell; no other tool takes its place. Nothing in the commit can change what is looked for: neither its
 * `.gitleaks.toml`, nor `gitleaks:allow` comments, nor `.gitleaksignore` (read from the scanned folder whatever the
 * options say), nor `.gitattributes` (what is marked `-diff` there `git log` does not show, hence both scans: the history
 * is a copy with attributes of ours).
 */
export async function scanWithGitleaks(gate: GateOf<'gitleaks'>, context: GateContext): Promise<Finding> {
  const deadline = performance.now() + gate.timeoutMs;
  const tool = await context.tool('gitleaks');
  if (!tool.ok) return couldNotTell(tool.why);
  const checkout = await context.cleanCheckout();
  await rm(path.join(checkout, '.gitleaksignore'), { recursive: true, force: true });
  const scans: Scan[] = [{ mode: 'dir', folder: checkout, options: [], mayBeEmpty: false }];
  if (gate.history) scans.push(await historyScan(gate.since, context));

  const leaks: string[] = [];
  for (const scan of scans) {
    const looked = await look(scan, tool.program, { gate, context, deadline });
    if ('undetermined' in looked) {
      if (leaks.length === 0) return looked.undetermined;
      break; // what was found is enough for a verdict
    }
    leaks.push(...looked.leaks);
  }
  const where = gate.history ? 'the files of the commit and its history' : 'the files of the commit';
  if (leaks.length === 0) return { verdict: 'passed', cause: `gitleaks found no leaks in ${where}`, tail: '' };
  const what = leaks.length === 1 ? 'a leak' : plural(leaks.length, 'leak');
  return {
    verdict: 'failed',
    cause: `gitleaks found ${what}: ${listed(leaks, SHOWN)}`,
    tail: leaks.slice(0, LISTED).join('\n'),
  };
}

/** With `-m` merges are looked at too: what only a merge brings in is in no other commit. */
async function historyScan(since: string | undefined, context: GateContext): Promise<Scan> {
  const range = since === undefined ? 'release' : `${since}..release`;
  return {
    mode: 'git',
    folder: await context.history(),
    options: [`--log-opts=--full-history -m ${range}`],
    mayBeEmpty: since !== undefined,
  };
}

async function look(
  { mode, folder, options, mayBeEmpty }: Scan,
  program: string,
  { gate, context, deadline }: { gate: GateOf<'gitleaks'>; context: GateContext; deadline: number },
): Promise<Looked> {
  const [config, report] = [path.join(context.own, 'gitleaks.toml'), path.join(context.own, `${mode}.json`)];
  await writeFile(config, CONFIG);
  const timeoutMs = Math.max(Math.ceil(deadline - performance.now()), 1);
  const { ignoreFile } = context.tools.gitleaks ?? {};
  const ended = await context.execute({
    argv: [
      ...[program, mode, folder, '--report-format', 'json', '--report-path', report, '--redact=100'],
      ...['--no-banner', '--no-color', '--log-level', 'info', '--exit-code', String(LEAKS), '--ignore-gitleaks-allow'],
      ...['-c', config, '--timeout', String(Math.ceil(timeoutMs / 1000)), ...options],
      ...(ignoreFile === undefined ? [] : ['--gitleaks-ignore-path', ignoreFile]),
    ],
    cwd: context.own,
    timeoutMs,
    // The copy of the history may be of another user; it is ours all the same.
    environment: { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
  });

  if (ended.timedOut) return unknown(`gitleaks was not done when the gate's ${gate.timeoutMs / 1000} s were over`);
  if (ended.exitCode === NOT_FOUND) return unknown('gitleaks is not installed on this worker');
  const leaks = await readLeaks(report, folder, mode);
  const looked = SCANNED[mode].test(ended.tail) || mayBeEmpty;
  if (ended.exitCode === 0 && leaks?.length === 0 && looked && !TROUBLE.test(ended.tail)) return { leaks };
  if (ended.exitCode === LEAKS && leaks && leaks.length > 0) return { leaks };
  return unknown(
    `gitleaks does not say that it has looked at everything (exit code ${ended.exitCode})`,
    lastLines(ended.tail),
  );
}

function unknown(cause: string, tail = ''): Looked {
  return { undetermined: couldNotTell(cause, tail) };
}

/** Where the leaks are, without what leaked, each once; undefined when there is no whole report. */
async function readLeaks(report: string, folder: string, mode: Scan['mode']): Promise<string[] | undefined> {
  try {
    const leaks: unknown = JSON.parse(await readFile(report, 'utf8'));
    if (!Array.isArray(leaks)) return undefined;
    return [...new Set(leaks.map((leak) => placeOf(leak as LeakInReport, mode === 'dir' ? folder : '')))];
  } catch {
    return undefined;
  }
}

type LeakInReport = Readonly<Record<'File' | 'StartLine' | 'RuleID' | 'Commit', unknown>>;

/** In the history a place is one of a commit: the file may be gone. */
function placeOf({ File, StartLine, RuleID, Commit }: LeakInReport, root: string): string {
  const file = root === '' ? String(File) : path.relative(root, path.resolve(root, String(File)));
  const at = root === '' ? ` in ${printable(String(Commit)).slice(0, 12)}` : '';
  return `${printable(file)}:${String(StartLine)}${at} (${printable(String(RuleID))})`;
}
