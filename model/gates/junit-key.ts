import { z } from 'zod';
import { pathInside } from '../config/fields';

const expected = 'a path inside the checkout, or a list of them, such as report.xml or reports/TEST-*.xml';

const one = pathInside().refine((given) => given.endsWith('.xml') && !/\*.*\/|[?[\]{}]|\*[^*]*\*[^*]*\*/.test(given), {
  error: `${expected}, of .xml files, with \`*\` in the last name only, at most twice`,
  params: { expectation: true },
});

export const junitKey = z.union(
  [one.transform((path) => [path]), z.array(one).min(1, expected).max(20, 'at most 20 paths')],
  { error: expected },
);
