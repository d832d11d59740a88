import type { FailureType } from './failures';
import { FAILURES } from './failures';
import type { OutcomeName } from './outcome';

/** How a failed admit ends the release. */
export function outcomeOfAdmit(
  type: FailureType | undefined,
): Extract<OutcomeName, 'refused' | 'undetermined' | 'invalid'> {
  if (type === 'PolicyRefused') return 'refused';
  // Not `invalid`: a Git server that is down says nothing about the request.
  return type === 'Unavailable' || type === undefined ? 'undetermined' : 'invalid';
}

/** How a deployment ends whose step failed; what has moved by then is rolled back first. */
export function outcomeOfDeployment(type: FailureType | undefined): Extract<OutcomeName, 'refused' | 'undetermined'> {
  return type === 'Unavailable' || type === undefined ? 'undetermined' : 'refused';
}

/** Whether a step of a rollback that failed so says nothing about what runs: AWS could not be asked. */
export function saysNothing(type: FailureType | undefined): boolean {
  return type === 'Unavailable' || type === 'CredentialsMissing' || type === 'CredentialsRefused';
}

/** The failure's own sentence and what to do about it. */
export function withRemedy(message: string, type: FailureType | undefined): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return type === undefined ? sentence : `${sentence} ${FAILURES[type].remedy}`;
}
