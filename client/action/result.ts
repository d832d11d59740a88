import type { ReleaseEnd } from '../release-end';
import { exitCodeOf } from '../exit-code';
import { EXIT, OUTCOMES } from '../../model/outcome';
import { Away, messageOf, Refused, SetupError } from './failures';

/** What this job can say when it ends. */
export interface Result {
  /** Of the process, and of `sluice` for the same end. */
  exitCode: number;
  /** A name of model/outcome or `terminated`; empty where the release has not ended, or nobody knows. */
  outcome: string;
  /** Sentences for people. */
  cause: string;
  digest?: string;
}

export function resultOfEnd(end: ReleaseEnd): Result {
  const exitCode = exitCodeOf(end);
  if (end.terminated) return { exitCode, outcome: 'terminated', cause: end.cause };
  const { outcome, cause, digest } = end.outcome;
  return { exitCode, outcome, cause, ...(digest !== undefined && { digest }) };
}

/** The job stops waiting and all is well so far. */
export function goesOn(cause: string): Result {
  return { exitCode: EXIT.ok, outcome: '', cause };
}

/** The job stops waiting, and knows nothing of the end. The same job can be run again: it attaches. */
export function unknownEnd(cause: string): Result {
  return { exitCode: EXIT.unreachable, outcome: '', cause };
}

/** What an error before the start was answered means: nothing was started, or nobody knows. Throws what it does not know. */
export function resultOfFailedStart(error: unknown): Result {
  if (error instanceof SetupError) return { exitCode: EXIT.usage, outcome: 'invalid', cause: error.message };
  if (error instanceof Refused) {
    // Whoever asks may not, or something else is running: both are no's that the same request gets again.
    const refused = [401, 403, 409].includes(error.status);
    const outcome = refused ? 'refused' : 'invalid';
    return { exitCode: OUTCOMES[outcome].exitCode, outcome, cause: error.message };
  }
  if (error instanceof Away) {
    return unknownEnd(`No release could be asked for: ${error.message}. Running this job again is safe.`);
  }
  throw error;
}

/** What an error means while an open release was followed. Throws what it does not know. */
export function resultOfLostSight(error: unknown, workflowId: string): Result {
  if (!(error instanceof Away || error instanceof Refused)) throw error;
  const why = messageOf(error).replace(/\.$/, '');
  const expired =
    error instanceof Refused && error.status === 401
      ? ' A gateway that was restarted knows its tickets again only with --ticket-key.'
      : '';
  return unknownEnd(`How ${workflowId} ends is not known here, and it goes on by itself: ${why}.${expired}`);
}
