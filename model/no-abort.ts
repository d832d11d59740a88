/** What a rollback by hand answers to an abort. */
export const ROLLBACK_IS_NOT_ABORTED =
  'a rollback is not aborted: it ends by itself, and takes its own change back if that fails; to go elsewhere, start another one';

/** Why a deployment cannot be aborted now, or undefined where it can. `returning`: it is on its way back. */
export function whyNoAbort(byHand: boolean, returning: boolean): string | undefined {
  if (byHand) return ROLLBACK_IS_NOT_ABORTED;
  return returning ? whyNoAbortOfReturn() : undefined;
}

/** What a release answers whose deployment goes back by itself, for this cause. */
export function whyNoAbortOfReturn(cause?: string): string {
  const why = cause === undefined ? '' : ` (${cause})`;
  return `it is being rolled back already${why}, and a rollback is not aborted: it ends by itself`;
}
