export type SourceErrorCode =
  | 'not-a-repository'
  | 'unknown-commit'
  | 'ambiguous-commit'
  | 'unknown-branch'
  | 'not-found'
  | 'refused-url'
  | 'shallow'
  | 'unreachable';

/** A question about a repository that has no answer, with one sentence for the user. Only `unreachable` may pass. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(
    readonly code: SourceErrorCode,
    message: string,
  ) {
    super(message);
  }
}
