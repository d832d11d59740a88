import { outcomeOfAdmit, outcomeOfDeployment, withRemedy } from '../../model/failure-outcome';
import { inOrderOfNeeds } from '../../model/gate-order';
import { judgeGates } from '../../model/gate-verdicts';
import type { GateSpec } from '../../model/plan';
import { OUTCOMES, isGood, isOutcomeName } from '../../model/outcome';
import { phaseTable } from '../../model/phase-table';

describe('the gates together', () => {
  const gate = (name: string, state: 'passed' | 'failed' | 'undetermined' | 'stopped') => ({
    gate: name,
    state,
    cause: 'so',
  });

  it.each([
    ['all passed', [gate('a', 'passed'), gate('b', 'passed')], undefined],
    ['one failed', [gate('a', 'passed'), gate('b', 'failed')], 'gate-failed'],
    ['one could not tell', [gate('a', 'undetermined'), gate('b', 'passed')], 'gate-undetermined'],
    ['a failure outweighs a doubt', [gate('a', 'undetermined'), gate('b', 'failed')], 'gate-failed'],
    ['one never ran', [gate('a', 'passed'), gate('b', 'stopped')], 'gate-undetermined'],
  ])('%s', (_what, gates, outcome) => {
    expect(judgeGates(gates)?.outcome).toBe(outcome);
  });

  it('names the gates that failed and no other', () => {
    expect(judgeGates([gate('a', 'stopped'), gate('b', 'failed')])?.cause).toBe('gate b: so');
  });
});

describe('the order of gates', () => {
  const gate = (name: string, ...needs: string[]): GateSpec => ({ name, needs, kind: 'secretlint', timeoutMs: 1 });

  it.each([
    ['as written where nothing is needed', [gate('a'), gate('b')], ['a', 'b']],
    ['what is needed first', [gate('a', 'b'), gate('b')], ['b', 'a']],
    ['through several steps, each once', [gate('a', 'b', 'c'), gate('b', 'c'), gate('c')], ['c', 'b', 'a']],
  ])('is %s', (_what, gates, order) => {
    expect(inOrderOfNeeds(gates).map(({ name }) => name)).toEqual(order);
  });
});

describe('outcomes', () => {
  it('complete the workflow only when released or checked', () => {
    const good = Object.keys(OUTCOMES).filter((name) => isOutcomeName(name) && isGood(name));
    expect(good).toEqual(['released', 'checked']);
  });

  it('have exit codes of their own, 0 meaning good', () => {
    const bad = Object.values(OUTCOMES).filter(({ good }) => !good);
    expect(new Set(bad.map(({ exitCode }) => exitCode)).size).toBe(bad.length);
    expect(Object.values(OUTCOMES).every(({ good, exitCode }) => good === (exitCode === 0))).toBe(true);
  });

  it.each([
    ['BadConfig', 'invalid'],
    ['SourceMissing', 'invalid'],
    ['PolicyRefused', 'refused'],
    ['TargetMissing', 'invalid'],
    ['Unavailable', 'undetermined'],
    [undefined, 'undetermined'],
  ] as const)('an admit that fails with %s ends %s', (type, outcome) => {
    expect(outcomeOfAdmit(type)).toBe(outcome);
  });

  it.each([
    ['TargetUnsuitable', 'refused'],
    ['AccessDenied', 'refused'],
    ['Unavailable', 'undetermined'],
    [undefined, 'undetermined'],
  ] as const)('a deployment whose step fails with %s ends %s', (type, outcome) => {
    expect(outcomeOfDeployment(type)).toBe(outcome);
  });

  it('come with a remedy', () => {
    expect(withRemedy('no cluster production', 'TargetMissing')).toBe(
      'no cluster production. Create it, or correct the names and the region in release.yml.',
    );
  });
});

describe('the table of phases', () => {
  it('keeps to its cells whatever a detail says', () => {
    const table = phaseTable([
      { phase: 'gates', state: 'failed', detail: 'a|b\nc', startedAt: 0, endedAt: 1500 },
      { phase: 'update', environment: 'production', state: 'running', detail: 'x', startedAt: 0 },
    ]);
    expect(table.split('\n').slice(2)).toEqual([
      '| ✗ | gates | a\\|b c | 1.5 s |',
      '| … | update (production) | x |  |',
    ]);
  });
});
