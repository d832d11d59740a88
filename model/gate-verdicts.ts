import type { GateStatus } from './messages';
import type { OutcomeName } from './outcome';

/** What the gates of a release say together; undefined when all passed. A failure outweighs a doubt. */
export function judgeGates(
  gates: readonly Pick<GateStatus, 'gate' | 'state' | 'cause'>[],
): { outcome: Extract<OutcomeName, 'gate-failed' | 'gate-undetermined'>; cause: string } | undefined {
  const failed = gates.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return { outcome: 'gate-failed', cause: sentence(failed) };
  const open = gates.filter(({ state }) => state !== 'passed');
  // A gate that never ran has not passed either.
  if (open.length > 0) return { outcome: 'gate-undetermined', cause: sentence(open) };
  return undefined;
}

function sentence(gates: readonly Pick<GateStatus, 'gate' | 'cause'>[]): string {
  return gates.map(({ gate, cause }) => `gate ${gate}: ${cause}`).join('; ');
}
