import type { GateVerdict } from '../../model/gate';

/** What a kind of gate found out; the rest of the result is the same for all kinds. */
export interface Finding {
  verdict: GateVerdict;
  cause: string;
  /** The last lines of output. */
  tail: string;
}

export function couldNotTell(cause: string, tail = ''): Finding {
  return { verdict: 'undetermined', cause, tail };
}

export { listed, plural, printable } from '../../model/printable';
