import type { FailureType } from './failures';
import { FAILURES } from './failures';
import type { OutcomeName } from './outcome';

/** Before an environment is touched: how a failed step ends the release. */
export function outcomeOfFailure(
  phase: 'admit' | 'gates' | 'image' | 'deploy',
  type: FailureType | undefined,
): OutcomeName {
  switch (phase) {
    case 'admit':
      if (type === 'PolicyRefused') return 'refused';
      // Not `invalid`: a Git server that is down says nothing about the request.
      return type === 'Unavailable' || type === undefined ? 'undetermined' : 'invalid';
    case 'gates':
      return 'gate-undetermined';
    case 'image':
      return 'image-failed';
    case 'deploy':
      return type === 'Unavailable' || type === undefined ? 'undetermined' : 'refused';
  }
}

/** The failure's own sentence and what to do about it. */
export function withRemedy(message: string, type: FailureType | undefined): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return type === undefined ? sentence : `${sentence} ${FAILURES[type].remedy}`;
}
