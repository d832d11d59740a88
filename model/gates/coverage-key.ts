import { globs, mapping, pathInside, percent, size } from '../config/fields';
import type { z } from 'zod';

export const COVERAGE_FORMATS = ['lcov', 'cobertura', 'istanbul-summary'] as const;
export type CoverageFormat = (typeof COVERAGE_FORMATS)[number];

export interface CoverageRule {
  format: CoverageFormat;
  /** Path of the report, relative to the checkout. */
  report: string;
  /** Percent of lines that must be covered, 0 to 100, compared unrounded. */
  lines: number;
  /** The same of branches; absent: they are not counted. */
  branches?: number;
  /** Globs of files that count; empty means all. */
  include: string[];
  /** Globs of files that do not count. */
  exclude: string[];
  /** A larger report is not read: the gate could not tell. */
  reportLimitBytes: number;
}

export const coverageKey = mapping({
  lcov: pathInside().optional().describe('Path of an lcov report that `run` writes.'),
  cobertura: pathInside().optional().describe('Path of a Cobertura XML report that `run` writes.'),
  'istanbul-summary': pathInside().optional().describe("Path of Istanbul's coverage-summary.json that `run` writes."),
  lines: percent().describe('Percent of lines that must be covered; compared unrounded with what the report counts.'),
  branches: percent().optional().describe('Percent of branches that must be covered; without it they do not count.'),
  include: globs().default([]).describe('Globs of the files that count; without any, all do.'),
  exclude: globs().default([]).describe('Globs of the files that do not count, such as tests.'),
  'report-limit': size({ default: '16MiB', atMost: '32MiB' }).describe(
    'A larger report is not read: the gate could not tell.',
  ),
})
  .meta({ oneOf: COVERAGE_FORMATS.map((format) => ({ required: [format] })) })
  .superRefine((given, context) => {
    const formats = COVERAGE_FORMATS.filter((format) => given[format] !== undefined);
    if (formats.length === 1) return;
    const message =
      formats.length === 0
        ? `\`coverage\` names no report; add one of ${COVERAGE_FORMATS.join(', ')} with the path of the report`
        : `\`coverage\` names ${formats.length} reports; keep one of ${formats.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  });

/** From what people write to what a plan holds. */
export function coverageRule(file: z.output<typeof coverageKey>): CoverageRule {
  const format = COVERAGE_FORMATS.find((candidate) => file[candidate] !== undefined) ?? 'lcov';
  const { lines, branches, include, exclude } = file;
  return {
    format,
    report: file[format] ?? '',
    lines,
    ...(branches !== undefined && { branches }),
    include,
    exclude,
    reportLimitBytes: file['report-limit'],
  };
}
