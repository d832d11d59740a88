import { EXIT, OUTCOMES } from '../model/outcome';
import type { ReleaseEnd } from './release-end';

/** What a command ends with after a release that ended so. Apart from release-end.ts, since the GitHub Action has no Temporal client in it. */
export function exitCodeOf(end: ReleaseEnd): number {
  return end.terminated ? EXIT.terminated : OUTCOMES[end.outcome.outcome].exitCode;
}
