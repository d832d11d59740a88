import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { judgeCoverage } from '../../model/coverage/judge';
import type { CoverageJudgement } from '../../model/coverage/judge';
import { parseCoverage } from '../../model/coverage/parse';
import type { CoverageRule } from '../../model/plan';
import { removeTree } from './remove-tree';

/**
 * Removes the report before the command that shall write it: one that is in the commit, or was left by an attempt that
 * was cut off, says nothing about this run. False when it lies outside the checkout by way of a symbolic link.
 */
export async function forgetReport(checkout: string, report: string): Promise<boolean> {
  const folder = await realpath(path.dirname(path.join(checkout, report))).catch(() => undefined);
  if (folder === undefined) return true; // not there, so nothing is in it
  if (!isWithin(checkout, folder)) return false;
  await removeTree(path.join(folder, path.basename(report)));
  return true;
}

/** Judges the report that the gate's command has just written. `checkout` is a real path. Whatever cannot be read is *undetermined*. */
export async function judgeReport(checkout: string, rule: CoverageRule): Promise<CoverageJudgement> {
  const undetermined = (why: string): CoverageJudgement => ({
    verdict: 'undetermined',
    cause: `the ${rule.format} report ${rule.report} says nothing about coverage: ${why}`,
  });
  const read = await readReport(checkout, rule);
  if ('why' in read) return undetermined(read.why);
  const report = parseCoverage(rule.format, read.text, checkout);
  return report.ok ? judgeCoverage(report.files, rule) : undetermined(report.why);
}

async function readReport(checkout: string, rule: CoverageRule): Promise<{ text: string } | { why: string }> {
  const file = await realpath(path.join(checkout, rule.report)).catch(() => undefined);
  if (file === undefined) return { why: 'the command did not write it' };
  if (!isWithin(checkout, file)) return { why: 'it leads out of the checkout' };
  // Without O_NONBLOCK a named pipe in its place would be waited for.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (handle === undefined) return { why: 'it cannot be opened' };
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { why: 'it is not a file' };
    if (stat.size > rule.reportLimitBytes)
      return { why: `it has ${stat.size} bytes, more than the ${rule.reportLimitBytes} of \`report-limit\`` };
    return { text: await handle.readFile('utf8') };
  } finally {
    await handle.close();
  }
}

function isWithin(root: string, file: string): boolean {
  return file === root || file.startsWith(root + path.sep);
}
