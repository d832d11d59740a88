import { z } from 'zod';
import { GATE_KEYS, GATE_KINDS, SCANNERS, strangeKeys } from '../gates/kinds';
import type { GateKindName } from '../gates/kinds';
import type { Say } from '../gates/kind';
import type { GateSpec } from '../plan';
import { duration, mapping, oneOf, sluiceName, text } from './fields';

const common = {
  uses: oneOf(SCANNERS).optional().describe('A scanner that Sluice runs with settings of its own.'),
  needs: z
    .array(text('the name of another gate'), { error: 'a list of names of gates' })
    .max(100, 'at most 100 gates')
    .default([])
    .describe('Gates that must have passed before this one starts.'),
  timeout: duration({ default: '10m' }).describe(
    'For all that the gate does. When it is over, the gate could not tell.',
  ),
};

export const gateSchema = mapping({ ...common, ...GATE_KEYS })
  .meta({ oneOf: [{ required: ['run'] }, { required: ['uses'] }] })
  .superRefine((gate, context) => {
    const say: Say = (message, path = []) => context.addIssue({ code: 'custom', message, path });
    if (gate.run === undefined && gate.uses === undefined) {
      say(`this gate does nothing; add \`run: <command line>\` or \`uses: ${SCANNERS.join('` or `uses: ')}\``);
      return;
    }
    if (gate.run !== undefined && gate.uses !== undefined) {
      say('this gate has both `run` and `uses`; make two gates of it', ['uses']);
      return;
    }
    const kind = gate.uses ?? 'run';
    for (const key of strangeKeys(gate, kind, 'keys')) say(`${belongsTo(key, kind)}, remove it`, [key]);
    const rules: { check(given: typeof gate, say: Say): void } = GATE_KINDS[kind];
    rules.check(gate, say);
  });

/** Whose key it is, for one who gave it to another kind. */
function belongsTo(key: string, kind: GateKindName): string {
  const owners = (Object.keys(GATE_KINDS) as GateKindName[])
    .filter((name) => key in GATE_KINDS[name].keys)
    .map((name) => (name === 'run' ? '`run`' : `\`uses: ${name}\``));
  return `\`${key}\` belongs to gates with ${owners.join(' or ')}; ${kind === 'run' ? '`run`' : `\`uses: ${kind}\``} does not read it`;
}

export const gateName = sluiceName('a gate name');

export type GateInFile = z.output<typeof gateSchema>;

/** From what people write to what a plan holds. */
export function resolveGate(name: string, file: GateInFile): GateSpec {
  const base = { name, needs: file.needs, timeoutMs: file.timeout };
  return { ...base, ...GATE_KINDS[file.uses ?? 'run'].settings(file) };
}
