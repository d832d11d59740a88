import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines } from '../process/last-lines';
import type { GateOf } from '../../model/gates/kinds';
import type { GateContext } from './context';
import { couldNotTell, listed, printable } from './finding';
import type { Finding } from './finding';

const SHOWN = 5;
const LISTED = 50;

interface ScanReport {
  files: number;
  skipped: string[];
  findings: { file: string; line: number; rule: string }[];
}

/**
 * Scans the files of the commit, and only those, with the rules that secretlint recommends. Nothing in the commit can
 * change what is looked for: see secretlint-scan.mjs. The cause names places and rules, never what was found there.
 */
export async function scanWithSecretlint(gate: GateOf<'secretlint'>, context: GateContext): Promise<Finding> {
  const checkout = await context.cleanCheckout();
  const report = path.join(context.own, 'report.json');
  const ended = await context.execute({
    argv: [...context.secretlint, checkout, report],
    cwd: context.own,
    timeoutMs: gate.timeoutMs,
    shown: 'secretlint (recommended rules)',
  });
  if (ended.timedOut)
    return couldNotTell(`secretlint was not done when the gate's ${gate.timeoutMs / 1000} s were over`);
  const scanned = ended.exitCode === 0 ? await readScan(report) : undefined;
  if (!scanned) return couldNotTell(`secretlint broke off with exit code ${ended.exitCode}`, lastLines(ended.tail));

  const places = scanned.findings.map(({ file, line, rule }) => `${printable(file)}:${line} (${rule})`);
  if (places.length > 0) {
    const what = places.length === 1 ? 'a secret' : `${places.length} secrets`;
    return {
      verdict: 'failed',
      cause: `secretlint found ${what}: ${listed(places, SHOWN)}`,
      tail: places.slice(0, LISTED).join('\n'),
    };
  }
  if (scanned.skipped.length > 0) {
    return couldNotTell(
      `secretlint takes no files over 64 MiB: ${listed(
        scanned.skipped.map((file) => printable(file)),
        SHOWN,
      )}`,
    );
  }
  if (scanned.files === 0) return couldNotTell('the commit has no files, so nothing was scanned');
  return { verdict: 'passed', cause: `secretlint found no secrets in ${scanned.files} files`, tail: '' };
}

async function readScan(report: string): Promise<ScanReport | undefined> {
  try {
    const scan = JSON.parse(await readFile(report, 'utf8')) as Partial<ScanReport> | null;
    return typeof scan?.files === 'number' && Array.isArray(scan.skipped) && Array.isArray(scan.findings)
      ? (scan as ScanReport)
      : undefined;
  } catch {
    return undefined;
  }
}
