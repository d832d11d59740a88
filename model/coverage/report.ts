export interface Counts {
  covered: number;
  total: number;
}

/** What a report says of one file: counts of lines, and nothing that was rounded. */
export interface FileCoverage extends Counts {
  /** Relative to the root of the checkout, with `/`; absolute where the file lies outside. */
  path: string;
  /** Absent where the report counts none. */
  branches?: Counts;
}

/** Reading a report never throws: what cannot be read is a sentence, and the gate could not tell. */
export type CoverageReport = { ok: true; files: FileCoverage[] } | { ok: false; why: string };

export function unreadable(why: string): CoverageReport {
  return { ok: false, why };
}
