/** A role that is assumed for one release. */
export interface AssumedIdentity {
  role: string;
  /** What CloudTrail shows of whoever acts: see `sessionName`. */
  session: string;
}

/** Of a session: as STS's AssumeRole documents it. */
const LONGEST_NAME = 64;

/** `text` as the name of a session: whatever STS does not take becomes a dash, and the end of a long one is cut off. */
export function sessionName(text: string): string {
  const fit = text.replace(/[^\w+=,.@-]/g, '-').slice(0, LONGEST_NAME);
  return fit.length < 2 ? `sluice${fit}` : fit;
}
