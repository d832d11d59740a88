import type { FileCoverage } from './report';

/** Collects lines by file. A file may come many times, once for each test that ran it: a line is covered when any of them hit it. */
export function createLineHits() {
  const files = new Map<string, Map<number, boolean>>();
  return {
    file(path: string): void {
      if (!files.has(path)) files.set(path, new Map());
    },
    hit(path: string, line: number, hits: number): void {
      const lines = files.get(path) ?? new Map<number, boolean>();
      lines.set(line, (lines.get(line) ?? false) || hits > 0);
      files.set(path, lines);
    },
    counts(): FileCoverage[] {
      return [...files].map(([path, lines]) => ({
        path,
        covered: [...lines.values()].filter(Boolean).length,
        total: lines.size,
      }));
    },
  };
}

/** A count as reports write it: decimal, perhaps in exponent form, never negative. Undefined for anything else. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,20}(?:\.\d{1,20})?(?:[eE]\+?\d{1,2})?$/.test(text) ? Number(text) : undefined;
}

/** A line number, from 1; undefined for anything else. */
export function parseLineNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
