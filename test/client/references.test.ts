import { parseReference } from '../../client/find-release';
import { visibilityQuery } from '../../client/release-list';
import { progressText } from '../../client/snapshot';
import { COMMIT } from './samples';

describe('parseReference', () => {
  it.each([
    [`release:shop-api:${COMMIT}`, { kind: 'id', workflowId: `release:shop-api:${COMMIT}` }],
    [`check:shop-api:${COMMIT}`, { kind: 'id', workflowId: `check:shop-api:${COMMIT}` }],
    ['rollback:shop-api:production:42', { kind: 'id', workflowId: 'rollback:shop-api:production:42' }],
    [COMMIT, { kind: 'commit', commit: COMMIT }],
    [COMMIT.toUpperCase(), { kind: 'commit', commit: COMMIT }],
    ['1a2b3c4', { kind: 'commit', commit: '1a2b3c4' }],
  ])('takes %s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it.each(['1a2b3c', 'main', 'environment:shop-api:production', `${COMMIT}0`, ''])('refuses `%s`', (text) => {
    expect(() => parseReference(text)).toThrow(/names no release: give a workflow id/);
  });
});

describe('visibilityQuery', () => {
  it.each([
    [{}, "WorkflowType = 'release'"],
    [{ project: 'shop-api' }, "WorkflowType = 'release' AND SluiceProject = 'shop-api'"],
    [{ commit: COMMIT }, `WorkflowType = 'release' AND SluiceCommit = '${COMMIT}'`],
    [{ commit: '1a2b3c4' }, "WorkflowType = 'release' AND SluiceCommit STARTS_WITH '1a2b3c4'"],
    [{ outcome: 'rolled-back' }, "WorkflowType = 'release' AND SluiceOutcome = 'rolled-back'"],
    [{ outcome: 'running' }, "WorkflowType = 'release' AND ExecutionStatus = 'Running'"],
    [{ outcome: 'terminated' }, "WorkflowType = 'release' AND ExecutionStatus = 'Terminated'"],
  ])('of %j', (filter, query) => {
    expect(visibilityQuery(filter)).toBe(query);
  });

  it.each(["x' OR '1' = '1", 'a"b', 'a\\', 'two words'])('lets nothing out of its quotes: %s', (project) => {
    expect(() => visibilityQuery({ project })).toThrow(/cannot be looked for/);
  });
});

describe('progressText', () => {
  it.each([
    ['3 of 4 tasks', 1, undefined, '3 of 4 tasks'],
    ['3 of 4 tasks', 1, 'an earlier failure', '3 of 4 tasks'],
    ['3 of 4 tasks', 2, 'ThrottlingException', '3 of 4 tasks (attempt 2, after: ThrottlingException)'],
    ['', 3, 'ThrottlingException', 'attempt 3, after: ThrottlingException'],
  ])('of `%s`, attempt %d, failure %s', (said, attempt, failure, text) => {
    expect(progressText(said, attempt, failure)).toBe(text);
  });
});
