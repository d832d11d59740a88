import type { Counts, FileCoverage } from './report';

interface Hits {
  lines: Map<number, boolean>;
  /** By the place that the report gives them. */
  branches: Map<string, Counts>;
}

/** Collects lines by file. A file may come many times, once for each test that ran it: a line is covered when any of them hit it. */
export function createLineHits() {
  const files = new Map<string, Hits>();
  const of = (path: string): Hits => {
    const known = files.get(path) ?? { lines: new Map<number, boolean>(), branches: new Map<string, Counts>() };
    files.set(path, known);
    return known;
  };
  return {
    file(path: string): void {
      of(path);
    },
    hit(path: string, line: number, hits: number): void {
      const { lines } = of(path);
      lines.set(line, (lines.get(line) ?? false) || hits > 0);
    },
    /** `covered` of `total` branches at that place; the best of several counts of one place. */
    branches(path: string, place: string, covered: number, total: number): void {
      const { branches } = of(path);
      const known = branches.get(place) ?? { covered: 0, total: 0 };
      const most = Math.max(known.total, total);
      branches.set(place, { covered: Math.min(Math.max(known.covered, covered), most), total: most });
    },
    counts(): FileCoverage[] {
      return [...files].map(([path, { lines, branches }]) => ({
        path,
        covered: [...lines.values()].filter(Boolean).length,
        total: lines.size,
        ...(branches.size > 0 && { branches: sum([...branches.values()]) }),
      }));
    },
  };
}

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce((all, { covered, total }) => ({ covered: all.covered + covered, total: all.total + total }), {
    covered: 0,
    total: 0,
  });
}

/** A count as reports write it: decimal, perhaps in exponent form, never negative. Undefined for anything else. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,20}(?:\.\d{1,20})?(?:[eE]\+?\d{1,2})?$/.test(text) ? Number(text) : undefined;
}

/** A line number, from 1; undefined for anything else. */
export function parseLineNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
