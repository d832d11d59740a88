import type { ReleaseSnapshot } from '../release-events';
import { command, harmless } from './commands';
import { oneLine } from '../render/sentences';
import type { Result } from './result';

/**
 * At most one annotation: a page shows 10 of a step and 50 of a job, and the first gate that failed is why one looks. All
 * the others are in the summary.
 */
export function annotationOf(result: Result, snapshot: ReleaseSnapshot | undefined): string {
  const { exitCode, outcome, cause } = result;
  if (exitCode === 0) return '';
  const write = (level: 'error' | 'warning', title: string, text: string): string =>
    command(level, harmless(oneLine(text)), { title });
  if (outcome === '') return write('warning', 'The end of the release is not known here', cause);
  const gate = outcome.startsWith('gate-') ? firstBadGate(snapshot) : undefined;
  if (gate === undefined) return write('error', `Sluice: ${outcome}`, cause);
  const verb = gate.state === 'failed' ? 'failed' : 'could not tell';
  return write('error', `Gate ${gate.gate} ${verb}`, gate.cause);
}

function firstBadGate(snapshot: ReleaseSnapshot | undefined) {
  const gates = snapshot?.release.gates ?? [];
  const bad = gates.filter(({ state }) => state === 'failed' || state === 'undetermined');
  return bad.find(({ state }) => state === 'failed') ?? bad[0];
}
