import { seenOf, startedOf } from '../../../client/action/answers';
import { Away } from '../../../client/action/failures';
import type { JsonObject } from '../../../model/json';
import { snapshot } from '../samples';

const STARTED = { workflowId: 'release:shop:1', runId: 'run', ticket: 'ticket', attached: true };

it('a page that is no web page does not become a link', () => {
  expect(startedOf({ ...STARTED, uiUrl: 'https://temporal.example.com/x' })).toHaveProperty('uiUrl');
  expect(startedOf({ ...STARTED, uiUrl: 'javascript:alert(1)' })).toEqual(STARTED);
});

it('an outcome that a newer gateway knows and this action does not is not taken for a good one', () => {
  expect(seenOf({ version: 1, ended: { outcome: 'paused', cause: 'By ann.' } }).end).toMatchObject({
    outcome: { outcome: 'undetermined', cause: 'paused: By ann.' },
  });
});

it('a release that an operator ended is told as such', () => {
  const ended = { outcome: 'terminated', cause: 'By ann.', exitCode: 24 };
  expect(seenOf({ version: 1, ended }).end).toEqual({ terminated: true, cause: 'By ann.' });
});

it.each<JsonObject>([
  {},
  { version: '1' },
  { version: 1, release: 'x' },
  { ...(snapshot() as unknown as JsonObject), version: 1, activities: 'none' },
  { version: 1, ended: { outcome: 'released' } },
])('%j is no answer of a gateway', (body) => {
  expect(() => seenOf(body)).toThrow(Away);
  expect(() => startedOf(body)).toThrow(Away);
});
