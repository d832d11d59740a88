import { z } from 'zod';
import {
  commandLine,
  duration,
  globs,
  mapping,
  oneOf,
  pathInside,
  percent,
  size,
  sluiceName,
  text,
  variables,
} from './fields';

/** Scanners that Sluice runs itself. */
export const SCANNERS = ['secretlint', 'gitleaks'] as const;

export const COVERAGE_FORMATS = ['lcov', 'cobertura', 'istanbul-summary'] as const;

const coverage = mapping({
  lcov: pathInside().optional().describe('Path of an lcov report that `run` writes.'),
  cobertura: pathInside().optional().describe('Path of a Cobertura XML report that `run` writes.'),
  'istanbul-summary': pathInside().optional().describe("Path of Istanbul's coverage-summary.json that `run` writes."),
  lines: percent().describe('Percent of lines that must be covered; compared unrounded with what the report counts.'),
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

const setup = z.union(
  [commandLine().transform((line) => [line]), z.array(commandLine()).max(50, 'at most 50 command lines')],
  {
    error: 'a command line such as `npm ci`, or a list of them',
  },
);

/** Only for gates of kind `run`; a scanner would ignore them. */
const RUN_ONLY = ['setup', 'environment', 'coverage'] as const;

export const gateSchema = mapping({
  run: commandLine().optional().describe('Command line of the gate; exit code 0 passes.'),
  uses: oneOf(SCANNERS).optional().describe('A scanner that Sluice runs with settings of its own.'),
  setup: setup.optional().describe('Command lines that run before, such as `npm ci`.'),
  environment: variables({ reserved: /^(?:SLUICE_.*|HOME|TMPDIR|PATH)$/, placeholders: false })
    .optional()
    .describe('Environment variables for `setup` and `run`; never secrets.'),
  coverage: coverage.optional().describe('Judges the coverage report that `run` writes.'),
  needs: z
    .array(text('the name of another gate'), { error: 'a list of names of gates' })
    .max(100, 'at most 100 gates')
    .default([])
    .describe('Gates that must have passed before this one starts.'),
  timeout: duration({ default: '10m' }).describe(
    'For `setup` and `run` together. When it is over, the gate could not tell.',
  ),
})
  .meta({ oneOf: [{ required: ['run'] }, { required: ['uses'] }] })
  .superRefine((gate, context) => {
    const say = (message: string, path: string[] = []): void => context.addIssue({ code: 'custom', message, path });
    if (gate.run === undefined && gate.uses === undefined) {
      say(`this gate does nothing; add \`run: <command line>\` or \`uses: ${SCANNERS.join('` or `uses: ')}\``);
    } else if (gate.run !== undefined && gate.uses !== undefined) {
      say('this gate has both `run` and `uses`; make two gates of it', ['uses']);
    } else if (gate.uses !== undefined) {
      for (const key of RUN_ONLY) {
        if (gate[key] !== undefined)
          say(`\`${key}\` belongs to gates with \`run\`; \`uses: ${gate.uses}\` does not read it, remove it`, [key]);
      }
    }
  });

export const gateName = sluiceName('a gate name');

export type GateInFile = z.output<typeof gateSchema>;
