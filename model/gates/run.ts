import { z } from 'zod';
import { commandLine, flag, percent, text, variables } from '../config/fields';
import { coverageKey, coverageRule } from './coverage-key';
import type { CoverageRule } from './coverage-key';
import { junitKey } from './junit-key';
import { gateKind } from './kind';
import type { GateBase, Say } from './kind';
import { secretName } from './secret-name';

/** Shell commands in the checkout: `setup` lines first, then `run`. Exit code 0 passes. */
export interface RunSettings {
  kind: 'run';
  setup: string[];
  run: string;
  /** Extra environment for the children; never secret. */
  environment: Record<string, string>;
  coverage?: CoverageRule;
  /** JUnit reports, relative to the checkout; the last name may hold `*`. */
  junit?: string[];
  /** Names of secrets that `setup` and `run` get. */
  secrets?: string[];
}

const setup = z.union(
  [commandLine().transform((line) => [line]), z.array(commandLine()).max(50, 'at most 50 command lines')],
  {
    error: 'a command line such as `npm ci`, or a list of them',
  },
);

export const run = gateKind({
  name: 'run',
  words: 'a command line (`run`)',
  keys: {
    run: commandLine().optional().describe('Command line of the gate; exit code 0 passes.'),
    setup: setup.optional().describe('Command lines that run before, such as `npm ci`.'),
    environment: variables({ reserved: /^(?:SLUICE_.*|HOME|TMPDIR|PATH)$/, placeholders: false })
      .optional()
      .describe('Environment variables for `setup` and `run`; never secrets.'),
    coverage: coverageKey.optional().describe('Judges the coverage report that `run` writes.'),
    junit: junitKey.optional().describe('Paths of the JUnit reports that `run` writes; the last name may hold `*`.'),
    secrets: z
      .array(secretName(), { error: 'a list of names of secrets' })
      .max(20, 'at most 20 secrets')
      .optional()
      .describe("Names of the worker's secrets that `setup` and `run` get as environment variables."),
  },
  check({ environment = {}, secrets = [] }, say: Say) {
    const twice = secrets.find((name) => name in environment);
    if (twice !== undefined)
      say(`\`environment\` sets \`${twice}\`, which is a secret; remove it`, ['environment', twice]);
  },
  settings: ({ coverage, junit, secrets, ...given }): RunSettings => ({
    kind: 'run',
    setup: given.setup ?? [],
    run: given.run ?? '',
    environment: given.environment ?? {},
    ...(coverage && { coverage: coverageRule(coverage) }),
    ...(junit && { junit }),
    ...(secrets && secrets.length > 0 && { secrets }),
  }),
  required: {
    coverage: percent().optional().describe('Percent of lines that its coverage rule must ask for at least.'),
    branches: percent().optional().describe('Percent of branches that its coverage rule must ask for at least.'),
    run: text('the command line that the gate must have')
      .optional()
      .describe('The command line that the gate must have, to the letter.'),
    junit: flag().optional().describe('Whether the gate must read the JUnit reports of its tests.'),
  },
  whyLess(required, gate) {
    if (required.run !== undefined && gate.run.trim() !== required.run.trim())
      return `runs another command in the gate ${gate.name} than the policy requires`;
    if (required.junit === true && gate.junit === undefined)
      return `reads no JUnit report in the gate ${gate.name}, and the policy requires it`;
    return whyLessCovered(required, gate);
  },
});

function whyLessCovered(
  required: { coverage?: number | undefined; branches?: number | undefined },
  { name, coverage }: GateBase & RunSettings,
): string | undefined {
  const floors = [
    ['lines', required.coverage, coverage?.lines],
    ['branches', required.branches, coverage?.branches],
  ] as const;
  for (const [what, wanted, floor] of floors) {
    if (wanted === undefined) continue;
    if (floor === undefined)
      return `judges no coverage${what === 'lines' ? '' : ' of branches'} in the gate ${name}, and the policy requires ${wanted} % of ${what}`;
    if (floor < wanted)
      return `asks for ${floor} % of ${what} in the gate ${name}, and the policy requires ${wanted} %`;
  }
  return undefined;
}
