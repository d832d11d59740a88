import { Away, Refused } from '../../../client/action/failures';
import { patiently } from '../../../client/action/patience';

const never = new AbortController().signal;

function failing(times: number, error: Error = new Away('the gateway answers 503')) {
  const told: number[] = [];
  const attempt = (failures: number): Promise<string> => {
    told.push(failures);
    return told.length > times ? Promise.resolve('answer') : Promise.reject(error);
  };
  return { told, attempt };
}

it('one failure is tried again without a word, two are told, and their end too', async () => {
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const quiet = failing(1);
  expect(await patiently(quiet.attempt, { patienceMs: 60_000, signal: never, note })).toBe('answer');
  expect(notes).toEqual([]);

  const lasting = failing(2);
  await patiently(lasting.attempt, { patienceMs: 60_000, signal: never, note });
  expect(lasting.told).toEqual([0, 1, 2]);
  expect(notes).toEqual([
    'No answer at the moment, trying again: the gateway answers 503',
    'The gateway answers again.',
  ]);
});

it('an answer is never asked for twice, also when it is no', async () => {
  const refused = failing(9, new Refused(403, 'No.'));
  await expect(
    patiently(refused.attempt, { patienceMs: 60_000, signal: never, note: () => undefined }),
  ).rejects.toThrow('No.');
  expect(refused.told).toEqual([0]);
});

it('a pause that would outlast the patience is not begun', async () => {
  const asked = failing(9, new Away('wait', 120_000));
  await expect(patiently(asked.attempt, { patienceMs: 60_000, signal: never, note: () => undefined })).rejects.toThrow(
    'wait',
  );
  expect(asked.told).toEqual([0]);
});

it('a pause ends with the job', async () => {
  const stop = new AbortController();
  const asked = failing(9, new Away('wait', 30_000));
  const waiting = patiently(asked.attempt, { patienceMs: 60_000, signal: stop.signal, note: () => undefined });
  stop.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
});
