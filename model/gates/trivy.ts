import { z } from 'zod';
import { flag, oneOf } from '../config/fields';
import { gateKind } from './kind';

export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

const USUAL: readonly Severity[] = ['HIGH', 'CRITICAL'];

export interface TrivySettings {
  kind: 'trivy';
  /** What makes the gate fail. */
  severity: Severity[];
  /** Whether a vulnerability that nobody has mended yet is let pass. */
  ignoreUnfixed: boolean;
  /** Whether what only development needs counts too. */
  devDependencies: boolean;
}

const severities = () =>
  z
    .array(oneOf(SEVERITIES), { error: `a list of severities, of ${SEVERITIES.join(', ')}` })
    .min(1, `a list of severities, of ${SEVERITIES.join(', ')}`)
    .optional();

/** Trivy on the worker's PATH over the lock files of the commit. */
export const trivy = gateKind({
  name: 'trivy',
  words: 'the scanner trivy',
  keys: {
    severity: severities()
      .meta({ default: [...USUAL] })
      .describe('For trivy: severities that make the gate fail.'),
    'ignore-unfixed': flag()
      .optional()
      .meta({ default: false })
      .describe('For trivy: whether vulnerabilities without a fixed version are let pass.'),
    'dev-dependencies': flag()
      .optional()
      .meta({ default: false })
      .describe('For trivy: whether what only development needs counts too.'),
  },
  check: () => undefined,
  settings: ({ severity = [...USUAL], ...given }): TrivySettings => ({
    kind: 'trivy',
    severity,
    ignoreUnfixed: given['ignore-unfixed'] ?? false,
    devDependencies: given['dev-dependencies'] ?? false,
  }),
  required: {
    severity: severities()
      .meta({ default: [...USUAL] })
      .describe('For trivy: severities that must make the gate fail.'),
    'ignore-unfixed': flag()
      .optional()
      .meta({ default: false })
      .describe('For trivy: whether the gate may let pass what has no fixed version.'),
  },
  whyLess({ severity = [...USUAL], ...required }, gate) {
    const missing = severity.find((each) => !gate.severity.includes(each));
    if (missing !== undefined) {
      return `lets ${missing} vulnerabilities pass in the gate ${gate.name}, and the policy does not`;
    }
    if (!gate.ignoreUnfixed || required['ignore-unfixed'] === true) return undefined;
    return `lets vulnerabilities without a fixed version pass in the gate ${gate.name}, and the policy does not`;
  },
});
