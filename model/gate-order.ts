import type { GateSpec } from './plan';

/** `release.yml` may name gates in any order; the plan's needs are known to be acyclic. */
export function inOrderOfNeeds(specs: readonly GateSpec[]): GateSpec[] {
  const ordered: GateSpec[] = [];
  const add = (gate: GateSpec): void => {
    if (ordered.includes(gate)) return;
    for (const name of gate.needs) {
      const needed = specs.find((candidate) => candidate.name === name);
      if (needed) add(needed);
    }
    ordered.push(gate);
  };
  specs.forEach(add);
  return ordered;
}
