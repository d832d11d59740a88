import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { endOfFailure, exitCodeOf } from '../../client/release-end';
import { OUTCOMES } from '../../model/outcome';
import type { OutcomeName, ReleaseOutcome } from '../../model/outcome';
import { COMMIT } from './samples';

function ended(outcome: OutcomeName): ReleaseOutcome {
  return { outcome, cause: 'The tests failed.', commit: COMMIT, environments: [] };
}

function failure(type: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type, message: 'the message', details });
}

describe('endOfFailure', () => {
  it("reads the whole outcome out of the failure's first detail", () => {
    const outcome = ended('gate-failed');
    expect(endOfFailure(failure('gate-failed', outcome))).toEqual({ terminated: false, outcome });
  });

  it.each([
    ['of a type that is no outcome', failure('TypeError')],
    ['of an outcome without its detail', failure('rolled-back')],
    ['of an outcome with a foreign detail', failure('rolled-back', { outcome: 'fine', cause: 'x' })],
    ['that is a plain error', new Error('the message')],
  ])('claims nothing for a failure %s', (_, error) => {
    const end = endOfFailure(error);
    expect(end).toMatchObject({ terminated: false, outcome: { outcome: 'undetermined' } });
    expect(end.terminated ? '' : end.outcome.cause).toContain('the message');
  });

  it.each<[Error, string]>([
    [new TerminatedFailure('cleaning up'), 'Terminated by an operator: cleaning up.'],
    [new CancelledFailure('x'), 'Cancelled by an operator.'],
    [new TimeoutFailure('x', undefined, 'START_TO_CLOSE'), 'Cut off by a time limit that an operator set.'],
  ])('says that %s was somebody else', (error, cause) => {
    expect(endOfFailure(error)).toEqual({ terminated: true, cause });
  });
});

describe('exitCodeOf', () => {
  it.each(Object.keys(OUTCOMES) as OutcomeName[])("is the design's for %s", (name) => {
    expect(exitCodeOf({ terminated: false, outcome: ended(name) })).toBe(OUTCOMES[name].exitCode);
  });

  it('is 24 for a terminated release', () => {
    expect(exitCodeOf({ terminated: true, cause: 'x' })).toBe(24);
  });
});
