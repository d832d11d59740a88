/** Every way in which a release can end (design section 2). */
export const OUTCOMES = {
  released: { exitCode: 0, good: true },
  checked: { exitCode: 0, good: true },
  /** Admit found that what was asked cannot be done as configured; nothing was started. */
  invalid: { exitCode: 2, good: false },
  'gate-failed': { exitCode: 10, good: false },
  'gate-undetermined': { exitCode: 11, good: false },
  'image-failed': { exitCode: 12, good: false },
  'not-approved': { exitCode: 13, good: false },
  superseded: { exitCode: 14, good: false },
  aborted: { exitCode: 15, good: false },
  refused: { exitCode: 16, good: false },
  'rolled-back': { exitCode: 20, good: false },
  'rollback-failed': { exitCode: 21, good: false },
  'partly-released': { exitCode: 22, good: false },
  undetermined: { exitCode: 23, good: false },
} as const satisfies Record<string, { exitCode: number; good: boolean }>;

export type OutcomeName = keyof typeof OUTCOMES;

/** Exit codes of the command line that are not an outcome. */
export const EXIT = { ok: 0, internal: 1, usage: 2, unreachable: 3, terminated: 24 } as const;

/** The end of a release: one outcome, one sentence of cause. Carried as the workflow's result or as its failure's first detail. */
export interface ReleaseOutcome {
  outcome: OutcomeName;
  /** One sentence that names the phase, the subject and the evidence. */
  cause: string;
  commit: string;
  /** Set once an image was built or found. */
  digest?: string;
  /** One entry for each environment that was reached, in order. */
  environments: EnvironmentOutcome[];
}

export interface EnvironmentOutcome {
  environment: string;
  outcome: OutcomeName;
  cause: string;
}

export function isOutcomeName(text: string): text is OutcomeName {
  return Object.hasOwn(OUTCOMES, text);
}

/** Whether the workflow completes (true) or fails with this outcome as its failure type (false). */
export function isGood(outcome: OutcomeName): boolean {
  return OUTCOMES[outcome].good;
}
