import type { GateSpec, Purpose } from './plan';

export type GateVerdict = 'passed' | 'failed' | 'undetermined';

/** What one gate said. A verdict, not an exception: only trouble of our own makes the activity fail. */
export interface GateResult {
  gate: string;
  verdict: GateVerdict;
  /** One sentence: why it failed or could not tell; what was seen when it passed (for example `coverage 93.1 % of lines, floor 80 %`). */
  cause: string;
  durationMs: number;
  /** The last lines of output, for the cause; bounded. */
  tail: string;
  /** File on that worker with the whole output; absent when nothing was run. */
  log?: string;
}

/** What a gate needs to know of its release. */
export interface GateInput {
  gate: GateSpec;
  project: string;
  purpose: Purpose;
  repository: string;
  commit: string;
  treeHash: string;
  /** Names the shared checkout: one for each run of a release. */
  workspace: string;
}
