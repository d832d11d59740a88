import type { z } from 'zod';

/** What every gate has, whatever its kind. */
export interface GateBase {
  name: string;
  /** Gates that must have passed before this one starts. */
  needs: string[];
  timeoutMs: number;
}

/** Says what is wrong with the gate as a whole, or with one of its keys. */
export type Say = (message: string, path?: string[]) => void;

type Given<Shape extends z.ZodRawShape> = { [Key in keyof Shape]?: z.output<Shape[Key]> | undefined };

/**
 * One kind of gate, as `release.yml` and `policy.yml` know it. Its name is what `uses:` gives, but for `run`.
 *
 * Every key is optional in its schema, since all kinds share one mapping in the file; defaults are filled in by
 * `settings`, and what must be there is asked for by `check`.
 */
export interface GateKind<
  Name extends string,
  Keys extends z.ZodRawShape,
  Settings extends { kind: Name },
  Required extends z.ZodRawShape,
> {
  name: Name;
  /** For the sentence "has the gate NAME as …". */
  words: string;
  /** Keys of the gate in `release.yml`, beside `needs` and `timeout`. */
  keys: Keys;
  /** What no single value shows. */
  check(given: Given<Keys>, say: Say): void;
  /** What the plan holds: plain JSON, every default filled in. */
  settings(given: Given<Keys>): Settings;
  /** Keys of `required-gates` in `policy.yml`. */
  required: Required;
  /** Where the gate asks for less than the policy: the end of a sentence about `release.yml`. */
  whyLess(required: Given<Required>, gate: GateBase & Settings): string | undefined;
}

/** Keeps a kind's own types while they are inferred from what it says. */
export function gateKind<
  const Name extends string,
  Keys extends z.ZodRawShape,
  Settings extends { kind: Name },
  Required extends z.ZodRawShape,
>(kind: GateKind<Name, Keys, Settings, Required>): GateKind<Name, Keys, Settings, Required> {
  return kind;
}
