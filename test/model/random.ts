/** A seeded generator (mulberry32): the same seed makes the same choices, so that a failure can be had again. */
export interface Random {
  readonly seed: number;
  /** From 0 up to, not including, `below`. */
  whole(below: number): number;
  chance(probability: number): boolean;
  /** One of them; undefined of none. */
  pick<T>(from: readonly T[]): T | undefined;
}

export function seeded(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  return { seed, whole, chance: (probability) => next() < probability, pick: (from) => from[whole(from.length)] };
}
