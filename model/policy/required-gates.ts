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

function whyFallsShort({ name, kind, coverage }: RequiredGate, gates: readonly GateSpec[]): string | undefined {
  const gate = gates.find((one) => one.name === name);
  if (gate === undefined) return `has no gate ${name}, which the policy requires`;
  if (gate.kind !== kind)
    return `has the gate ${name} as ${inWords(gate.kind)}, and the policy requires ${inWords(kind)}`;
  if (coverage === undefined || gate.kind !== 'run') return undefined;
  const floor = gate.coverage?.lines;
  if (floor === undefined)
    return `judges no coverage in the gate ${name}, and the policy requires ${coverage} % of lines`;
  if (floor < coverage) {
    return `asks for ${floor} % of lines in the gate ${name}, and the policy requires ${coverage} %`;
  }
  return undefined;
}

function inWords(kind: GateSpec['kind']): string {
  return kind === 'run' ? 'a command line (`run`)' : `the scanner ${kind}`;
}
