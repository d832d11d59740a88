import type { Decision } from '../../../model/approval/decision';
import { decisionOf, takeDown, whyNoDecision } from '../../../model/approval/decision';
import { identityOf, personOf } from '../../../model/approval/identity';
import { statementText } from '../../../model/approval/statement';
import type { DecisionStatement } from '../../../model/approval/statement';

describe('whatever was typed into a dialog', () => {
  const production = { environment: 'production' };
  const proof = { at: 1, through: 'run 1', signature: 'abc' };
  it.each<[unknown, { environment: string } | undefined, string | undefined]>([
    [{ by: 'ann' }, production, undefined],
    [{ by: 'ann', environment: 'production' }, production, undefined],
    [{ by: 'ann', comment: 'seen' }, production, undefined],
    [{ by: 'github:ann', proof }, production, undefined],
    [{ by: 'ann' }, undefined, 'does not wait for approval'],
    [{ by: 'ann', environment: 'staging' }, production, 'approval of production, not of staging'],
    [{ by: 'ann', environment: 7 }, production, 'the environment is a name'],
    [{ by: ' ' }, production, 'say who decides'],
    [{ by: '\u200b' }, production, 'say who decides'],
    [{}, production, 'say who decides'],
    [{ by: 7 }, production, 'say who decides'],
    ['ann', production, 'expected one object'],
    [null, production, 'expected one object'],
    [undefined, production, 'expected one object'],
    [{ by: 'a'.repeat(201) }, production, 'at most 200'],
    [{ by: 'ann', comment: 7 }, production, 'a comment is text'],
    [{ by: 'ann', comment: 'x'.repeat(2001) }, production, 'a comment is text'],
    [{ by: 'ann', proof: 'trust me' }, production, 'leave it out'],
    [{ by: 'ann', proof: { ...proof, at: 'now' } }, production, 'leave it out'],
    [{ by: 'ann', proof: { ...proof, signature: 'x'.repeat(501) } }, production, 'leave it out'],
  ])('%j while %j waits: %s', (given, waiting, refusal) => {
    const why = whyNoDecision(given, waiting);
    if (refusal === undefined) expect(why).toBeUndefined();
    else expect(why).toContain(refusal);
  });
});

describe('the record of one round', () => {
  it('believes nobody about what is not theirs to say', () => {
    const sent = { by: 'ann', verified: true, decision: 'reject', at: 0, doubt: 'none', environment: 'production' };
    expect(decisionOf('approve', sent, 7)).toEqual({ decision: 'approve', by: 'ann', at: 7 });
  });

  const typed = (by: string, at = 0): Decision => ({ decision: 'approve', by, at });
  const signed = (by: string): Decision => ({ ...typed(by), proof: { at: 0, through: '', signature: by } });

  it('takes the same thing down once', () => {
    expect(takeDown([typed('ann')], typed('Ann', 5))).toHaveLength(1);
    expect(takeDown([typed('ann')], { ...typed('ann'), comment: 'and this' })).toHaveLength(2);
    expect(takeDown([typed('ann')], { ...typed('ann'), decision: 'reject' })).toHaveLength(2);
    expect(takeDown([typed('ann')], signed('ann'))).toHaveLength(2);
  });

  it('is bounded, and keeps room for those who come through a gateway', () => {
    const full = Array.from({ length: 100 }, (_, index) => typed(`nobody-${index}`));
    expect(takeDown(full, typed('ann'))).toEqual(full);
    const after = takeDown(full, signed('github:ann'));
    expect(after).toHaveLength(100);
    expect(after.at(-1)).toEqual(signed('github:ann'));
  });
});

describe('one person', () => {
  it.each([
    ['github:Ann', 'github:ann'],
    [' Ann@Example.COM ', 'ann@example.com'],
    ['Ann Other <ann@example.com>', 'ann@example.com'],
    ['ann@users.noreply.github.com', 'github:ann'],
    ['81+ann-x@users.noreply.github.com', 'github:ann-x'],
    ['49699333+dependabot[bot]@users.noreply.github.com', 'github:dependabot[bot]'],
    ['ann@users.noreply.github.com.evil.example', 'ann@users.noreply.github.com.evil.example'],
    ['ann@users.noreply.github.com <eve@example.com>', 'eve@example.com'],
  ])('%s is %s', (name, identity) => {
    expect(identityOf(name)).toBe(identity);
  });

  it('has all the names that the rule gives them', () => {
    const people = { ann: ['github:Ann-O', 'ann@example.com'] };
    for (const name of ['ANN@example.com', 'github:ann-o', 'ann', '1+ann-o@users.noreply.github.com']) {
      expect(personOf({ people }, name)).toBe('ann');
    }
    expect(personOf({ people }, 'github:ann')).toBe('github:ann');
    expect(personOf({}, 'ann')).toBe('ann');
  });
});

describe('what is signed', () => {
  const statement: DecisionStatement = {
    release: 'release:shop:1',
    run: 'r',
    environment: 'production',
    request: 'r/production',
    commit: 'c',
    digest: 'd',
    planHash: 'p',
    fingerprints: { api: 'one', web: 'two' },
    decision: 'approve',
    by: 'github:ann',
    comment: null,
    at: 1,
    through: 'run 1',
  };

  it('is the same text whatever the order of members', () => {
    const turned = Object.fromEntries(Object.entries(statement).reverse()) as unknown as DecisionStatement;
    expect(statementText({ ...turned, fingerprints: { web: 'two', api: 'one' } })).toBe(statementText(statement));
  });

  it.each(Object.keys(statement) as (keyof DecisionStatement)[])('is another text with another %s', (key) => {
    const other = key === 'fingerprints' ? { api: 'one' } : key === 'at' ? 2 : 'other';
    expect(statementText({ ...statement, [key]: other })).not.toBe(statementText(statement));
  });

  it('is no text that anything else signs', () => {
    expect(statementText(statement)).toMatch(/^sluice decision 1\n\{/);
  });
});
