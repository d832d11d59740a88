import type { z } from 'zod';
import type { GateBase } from './kind';
import { gitleaks } from './gitleaks';
import { run } from './run';
import { secretlint } from './secretlint';
import { sonar } from './sonar';
import { trivy } from './trivy';

/** Every kind of gate. A new one is a file beside this, a line here, and the same in activities/gates/: docs/gates.md. */
export const GATE_KINDS = { run, secretlint, gitleaks, trivy, sonar } as const;

type Kinds = typeof GATE_KINDS;
type Both<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type Keys = Both<Kinds[keyof Kinds]['keys']>;
type Required = Both<Kinds[keyof Kinds]['required']>;

export type GateKindName = keyof Kinds;
export type GateSpec = { [Kind in GateKindName]: GateBase & ReturnType<Kinds[Kind]['settings']> }[GateKindName];
/** What a policy may ask of gates, all kinds together. */
export type Requirements = { [Key in keyof Required]?: z.output<Required[Key]> | undefined };
export type GateOf<Kind extends GateKindName> = Extract<GateSpec, { kind: Kind }>;

/** What a gate may `use`: every kind but the command line. */
export const SCANNERS = (Object.keys(GATE_KINDS) as GateKindName[]).filter((name) => name !== 'run') as [
  Exclude<GateKindName, 'run'>,
  ...Exclude<GateKindName, 'run'>[],
];

const kinds = Object.values(GATE_KINDS);

/** The keys of all kinds, for the one mapping that a gate is in `release.yml`. */
export const GATE_KEYS = Object.assign({}, ...kinds.map(({ keys }) => keys)) as Keys;
/** The same for `required-gates` of `policy.yml`. */
export const REQUIRED_KEYS = Object.assign({}, ...kinds.map(({ required }) => required)) as Required;

/** Keys that were given and that this kind does not read. */
export function strangeKeys(given: object, kind: GateKindName, of: 'keys' | 'required'): string[] {
  const all = of === 'keys' ? GATE_KEYS : REQUIRED_KEYS;
  return Object.entries(given)
    .filter(([key, value]) => value !== undefined && key in all && !(key in GATE_KINDS[kind][of]))
    .map(([key]) => key);
}

/** The kinds that a key of `required-gates` belongs to. */
export function kindsWith(key: string): GateKindName[] {
  return kinds.filter(({ required }) => key in required).map(({ name }) => name);
}
