import type { CoverageFormat } from '../plan';
import { parseCobertura } from './cobertura';
import { parseIstanbulSummary } from './istanbul-summary';
import { parseLcov } from './lcov';
import { unreadable } from './report';
import type { CoverageReport } from './report';

const PARSERS = {
  lcov: parseLcov,
  cobertura: parseCobertura,
  'istanbul-summary': parseIstanbulSummary,
} as const satisfies Record<CoverageFormat, (text: string, root: string) => CoverageReport>;

/**
 * Reads the text of a coverage report; `root` is the absolute path of the checkout that its writer saw.
 * The text comes from code under test: it may be anything, and never makes this throw.
 */
export function parseCoverage(format: CoverageFormat, text: string, root: string): CoverageReport {
  if (text.trim() === '') return unreadable('it is empty');
  return PARSERS[format](text, root);
}
