import { GATE_KINDS } from '../gates/kinds';
import type { GateSpec } from '../plan';
import type { RequiredGate } from './policy';

/** The first required gate that release.yml leaves out, renames or weakens, as the end of a sentence about that file. */
export function whyGatesFallShort(required: readonly RequiredGate[], gates: readonly GateSpec[]): string | undefined {
  for (const gate of required) {
    const reason = whyFallsShort(gate, gates);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function whyFallsShort(required: RequiredGate, gates: readonly GateSpec[]): string | undefined {
  const { name, kind } = required;
  const gate = gates.find((one) => one.name === name);
  if (gate === undefined) return `has no gate ${name}, which the policy requires`;
  const rules: { words: string; whyLess(required: RequiredGate, gate: GateSpec): string | undefined } =
    GATE_KINDS[kind];
  if (gate.kind !== kind) {
    return `has the gate ${name} as ${GATE_KINDS[gate.kind].words}, and the policy requires ${rules.words}`;
  }
  return rules.whyLess(required, gate);
}
