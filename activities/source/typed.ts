import { TypedError } from '../../model/failures';
import { SourceError } from './source-error';

/** Answers what `ask` does; a question that has no answer becomes a failure of the table. */
export async function typed<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SourceError) throw typedSourceError(error);
    throw error;
  }
}

export function typedSourceError(error: SourceError): TypedError {
  switch (error.code) {
    case 'unreachable':
      return new TypedError('Unavailable', error.message, { cause: error });
    case 'not-found':
      return new TypedError('BadConfig', error.message, { cause: error });
    case 'not-a-repository':
    case 'unknown-commit':
    case 'ambiguous-commit':
    case 'unknown-branch':
    case 'refused-url':
    case 'shallow':
      return new TypedError('SourceMissing', error.message, { cause: error });
  }
}
