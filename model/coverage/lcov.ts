import { createLineHits, parseCount, parseLineNumber } from './line-hits';
import { unreadable } from './report';
import type { CoverageReport } from './report';
import { relativeToRoot } from './report-path';

/** Records of geninfo(1) that say nothing about lines or branches. */
const OTHER = /^(?:TN|VER|FN|FNDA|FNF|FNH|FNL|FNA|BRF|BRH|MCDC|MCF|MCH):/;

/**
 * Reads an lcov report as geninfo(1) describes it, from its `DA` lines alone: `LF` and `LH` are sums that the writer made.
 * A record without its `end_of_record` was cut off, and then the whole report says nothing.
 */
export function parseLcov(text: string, root: string): CoverageReport {
  const lines = createLineHits();
  let file: string | undefined;
  let found = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const wrong = (what: string): CoverageReport => unreadable(`line ${index + 1} ${what}`);
    if (line === '' || line.startsWith('#') || OTHER.test(line)) continue;
    if (line.startsWith('SF:')) {
      if (file !== undefined) return wrong('begins a file before the one before it ended');
      file = relativeToRoot(line.slice('SF:'.length), root);
      if (file === '') return wrong('names no file');
      lines.file(file);
      found = 0;
    } else if (line === 'end_of_record') {
      if (file === undefined) return wrong('ends a file that never began');
      file = undefined;
    } else if (line.startsWith('DA:')) {
      const [number = '', hits = ''] = line.slice('DA:'.length).split(',');
      const [at, count] = [parseLineNumber(number), parseCount(hits)];
      if (file === undefined || at === undefined || count === undefined)
        return wrong('is no count of a line (`DA:<line>,<hits>`)');
      lines.hit(file, at, count);
      found++;
    } else if (line.startsWith('BRDA:')) {
      const [, place, taken = ''] = /^BRDA:(\d+,e?\d+,[^,]*),(-|[^,]+)$/.exec(line) ?? [];
      const count = taken === '-' ? 0 : parseCount(taken);
      if (file === undefined || place === undefined || count === undefined)
        return wrong('is no count of a branch (`BRDA:<line>,<block>,<branch>,<taken>`)');
      lines.branches(file, place, count > 0 ? 1 : 0, 1);
    } else if (line.startsWith('LF:')) {
      if (found === 0 && line !== 'LF:0') return wrong('claims lines that the report does not list');
    } else if (!line.startsWith('LH:')) {
      return wrong('is not of an lcov report');
    }
  }
  if (file !== undefined) return unreadable(`the report breaks off within ${file}`);
  return { ok: true, files: lines.counts() };
}
