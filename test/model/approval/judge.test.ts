import type { Decision } from '../../../model/approval/decision';
import type { Question } from '../../../model/approval/judge';
import { judgeApproval, whyItDoesNotCount } from '../../../model/approval/judge';
import type { ApprovalRule } from '../../../model/plan';

/** One line of the table: who said what. `!` before a name: signed and found good; `?`: signed and forged; `~`: not looked at yet. */
function said(text: string, at: number): Decision {
  const [, decision = '', mark = '', by = '', comment] =
    /^(approve|reject) ([!?~]?)([^:]+(?::[^: ]+)?)(?:: (.+))?$/.exec(text) ?? [];
  if (by === '') throw new Error(`the test says nothing: ${text}`);
  const proof = { at, through: 'run 1', signature: `${text}-${at}` };
  return {
    decision: decision as Decision['decision'],
    by,
    at,
    ...(comment !== undefined && { comment }),
    ...(mark !== '' && { proof }),
    ...(mark === '!' && { verified: true }),
    ...(mark === '?' && { verified: false, doubt: 'its signature is forged' }),
  };
}

const ANYBODY: ApprovalRule = { minimum: 1, expiresMs: 1000 };
const TWO: ApprovalRule = { minimum: 2, expiresMs: 1000 };
const NAMED: ApprovalRule = { ...ANYBODY, approvers: ['github:alice', 'bob@example.com'] };
const SIGNED: ApprovalRule = { ...NAMED, unverified: 'refused' };
const GROUPS: ApprovalRule = {
  ...ANYBODY,
  groups: { devs: ['github:alice', 'github:bob', 'carol'], security: ['github:dave', 'carol'] },
  people: { carol: ['github:carol', 'carol@example.com'] },
};
const EACH: ApprovalRule = { ...GROUPS, oneOfEach: ['devs', 'security'] };

interface Row {
  rule: ApprovalRule;
  says: string[];
  actor?: string;
  authors?: string[];
}

function verdictOf({ rule, says, actor = 'github:starter', authors = [] }: Row): string {
  const question: Question = { environment: 'production', rule, actor, authors };
  const verdict = judgeApproval(question, says.map(said));
  switch (verdict.kind) {
    case 'approved':
      return `approved by ${verdict.approved.map(({ by }) => by).join(', ')}`;
    case 'waiting':
      return `missing ${verdict.missing.join(', ')}`;
    case 'rejected':
    case 'impossible':
      return verdict.cause;
  }
}

describe('what decisions come to', () => {
  it.each<[string, Row, string]>([
    // Where nobody says who may approve: names are what was typed.
    ['nobody has said anything', { rule: ANYBODY, says: [] }, 'missing 1 more'],
    ['anybody is enough', { rule: ANYBODY, says: ['approve ann'] }, 'approved by ann'],
    ['two different names', { rule: TWO, says: ['approve ann', 'approve bob'] }, 'approved by ann, bob'],
    ['the same name twice', { rule: TWO, says: ['approve ann', 'approve ann'] }, 'missing 1 more'],
    ['the same name in capitals', { rule: TWO, says: ['approve ann', 'approve ANN '] }, 'missing 1 more'],
    [
      'the same name with an invisible letter',
      { rule: TWO, says: ['approve ann', 'approve an\u200bn'] },
      'missing 1 more',
    ],
    ['the same name in full-width letters', { rule: TWO, says: ['approve ann', 'approve ａｎｎ'] }, 'missing 1 more'],
    [
      'the same address with a display name',
      { rule: TWO, says: ['approve ann@example.com', 'approve Ann <ann@example.com>'] },
      'missing 1 more',
    ],
    [
      "GitHub's private address is the login",
      { rule: TWO, says: ['approve github:ann', 'approve 1234+Ann@users.noreply.github.com'] },
      'missing 1 more',
    ],
    [
      'one typed and one signed by the same',
      { rule: TWO, says: ['approve github:ann', 'approve !github:ann'] },
      'missing 1 more',
    ],
    [
      'a name that was proved stands for the person, though it came later',
      { rule: ANYBODY, says: ['approve github:ann', 'approve !github:Ann'] },
      'approved by github:Ann',
    ],
    [
      'or earlier',
      { rule: ANYBODY, says: ['approve !github:Ann', 'approve github:ann: hm'] },
      'approved by github:Ann',
    ],
    [
      'who triggered it may, where nobody is named',
      { rule: ANYBODY, says: ['approve ann'], actor: 'ann' },
      'approved by ann',
    ],
    [
      'unless the rule says otherwise',
      { rule: { ...ANYBODY, ownWork: 'refused' }, says: ['approve ann'], actor: 'Ann' },
      'missing 1 more',
    ],
    [
      'and so for an author',
      { rule: { ...ANYBODY, ownWork: 'refused' }, says: ['approve ann@example.com'], authors: ['ann@example.com'] },
      'missing 1 more',
    ],
    ['any no ends it', { rule: TWO, says: ['approve ann', 'reject eve'] }, 'rejected by eve (unverified)'],
    [
      'however many said yes',
      { rule: TWO, says: ['approve a', 'approve b', 'reject eve: not today'] },
      'rejected by eve (unverified): not today',
    ],
    ['and with a name that was proved', { rule: TWO, says: ['reject !github:eve'] }, 'rejected by github:eve'],
    ['the first no is told', { rule: TWO, says: ['reject eve', 'reject mallory'] }, 'rejected by eve (unverified)'],
    [
      'a signature that nobody has looked at is not a yes yet',
      { rule: ANYBODY, says: ['approve ~github:ann'] },
      'missing 1 more',
    ],
    ['nor a no', { rule: ANYBODY, says: ['reject ~github:ann'] }, 'missing 1 more'],

    // Approvers by name.
    ['somebody who is named', { rule: NAMED, says: ['approve github:alice'] }, 'approved by github:alice'],
    ['by an address', { rule: NAMED, says: ['approve Bob@Example.com'] }, 'approved by Bob@Example.com'],
    [
      'somebody who is not',
      { rule: NAMED, says: ['approve mallory'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'a login without its prefix is nobody',
      { rule: NAMED, says: ['approve alice'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'a no by a stranger is no no',
      { rule: NAMED, says: ['reject mallory'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'who triggered it may not',
      { rule: NAMED, says: ['approve github:alice'], actor: 'github:Alice' },
      'missing 1 more of bob@example.com',
    ],
    [
      'nor an author',
      { rule: NAMED, says: ['approve github:alice'], authors: ['7+alice@users.noreply.github.com'] },
      'missing 1 more of bob@example.com',
    ],
    [
      'but may say no to it',
      { rule: NAMED, says: ['reject github:alice: I was wrong'], actor: 'github:alice' },
      'rejected by github:alice (unverified): I was wrong',
    ],
    [
      'and yes where the rule says so',
      { rule: { ...NAMED, ownWork: 'allowed' }, says: ['approve github:alice'], actor: 'github:alice' },
      'approved by github:alice',
    ],
    [
      'nobody is left',
      { rule: NAMED, says: [], actor: 'github:alice', authors: ['bob@example.com'] },
      'nobody is left who could approve: github:alice triggered this release; bob@example.com is an author of a commit between what runs and this one, and nobody approves their own work',
    ],
    [
      'too few are left',
      { rule: { ...NAMED, minimum: 2 }, says: ['approve bob@example.com'], actor: 'github:alice' },
      'nobody is left who could approve: github:alice triggered this release, and nobody approves their own work',
    ],

    // Only what a gateway signed.
    ['a signature that is good', { rule: SIGNED, says: ['approve !github:alice'] }, 'approved by github:alice'],
    [
      'the same name typed by hand',
      { rule: SIGNED, says: ['approve github:alice'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'a forged signature',
      { rule: SIGNED, says: ['approve ?github:alice'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'a no that was typed by hand',
      { rule: SIGNED, says: ['reject github:alice'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    ['a no that was signed', { rule: SIGNED, says: ['reject !github:alice'] }, 'rejected by github:alice'],
    [
      'a forged one, then a good one',
      { rule: SIGNED, says: ['approve ?github:alice', 'approve !github:alice'] },
      'approved by github:alice',
    ],
    [
      'a good one of a stranger',
      { rule: SIGNED, says: ['approve !github:mallory'] },
      'missing 1 more of github:alice, bob@example.com',
    ],
    [
      'a good one of who triggered it',
      { rule: SIGNED, says: ['approve !github:alice'], actor: 'github:alice' },
      'missing 1 more of bob@example.com',
    ],
    [
      'a forged one is as good as typed where that is recorded',
      { rule: NAMED, says: ['approve ?github:alice'] },
      'approved by github:alice',
    ],

    // Groups.
    ['any member of any group', { rule: GROUPS, says: ['approve github:dave'] }, 'approved by github:dave'],
    [
      'nobody outside of them',
      { rule: GROUPS, says: ['approve github:eve'] },
      'missing 1 more of github:alice, github:bob, carol, github:dave',
    ],
    [
      'approvers may be a group',
      { rule: { ...GROUPS, approvers: ['security'] }, says: ['approve github:dave'] },
      'approved by github:dave',
    ],
    [
      'and then it is that one alone',
      { rule: { ...GROUPS, approvers: ['security'] }, says: ['approve github:alice'] },
      'missing 1 more of github:dave, carol',
    ],
    [
      'a person of several names counts once',
      { rule: { ...GROUPS, minimum: 2 }, says: ['approve github:carol', 'approve carol@example.com', 'approve carol'] },
      'missing 1 more of github:alice, github:bob, github:dave',
    ],
    [
      'one of each group',
      { rule: EACH, says: ['approve github:alice', 'approve github:dave'] },
      'approved by github:alice, github:dave',
    ],
    [
      'two of one group are not one of each',
      { rule: EACH, says: ['approve github:alice', 'approve github:bob'] },
      'missing one of security (github:dave, carol)',
    ],
    [
      'who is in both stands for one',
      { rule: EACH, says: ['approve github:carol'] },
      'missing one of security (github:dave)',
    ],
    [
      'for the one that needs it',
      { rule: EACH, says: ['approve carol', 'approve github:alice'] },
      'approved by carol, github:alice',
    ],
    [
      'whichever came first',
      { rule: EACH, says: ['approve carol', 'approve github:dave'] },
      'approved by carol, github:dave',
    ],
    [
      'and more than the groups, where the minimum is higher',
      { rule: { ...EACH, minimum: 3 }, says: ['approve github:alice', 'approve github:dave'] },
      'missing 1 more of github:bob, carol',
    ],
    [
      'nothing yet tells all that is missing',
      { rule: { ...EACH, minimum: 3 }, says: [] },
      'missing one of devs (github:alice, github:bob, carol), one of security (github:dave, carol), 1 more of github:alice, github:bob, carol, github:dave',
    ],
    [
      'an author by an address of theirs',
      { rule: EACH, says: ['approve github:carol'], authors: ['carol@example.com'] },
      'missing one of devs (github:alice, github:bob), one of security (github:dave)',
    ],
    [
      'a group of which only authors are left',
      { rule: EACH, says: [], authors: ['carol@example.com'], actor: 'github:dave' },
      'nobody is left who could approve: carol is an author of a commit between what runs and this one; github:dave triggered this release, and nobody approves their own work',
    ],

    // Comments.
    [
      'a comment where one is asked for',
      { rule: { ...ANYBODY, comment: 'required' }, says: ['approve ann: seen it'] },
      'approved by ann',
    ],
    ['none', { rule: { ...ANYBODY, comment: 'required' }, says: ['approve ann'] }, 'missing 1 more'],
    ['none with a no', { rule: { ...ANYBODY, comment: 'required' }, says: ['reject ann'] }, 'missing 1 more'],
    [
      'the second try, with one',
      { rule: { ...ANYBODY, comment: 'required' }, says: ['approve ann', 'approve ann: now'] },
      'approved by ann',
    ],
  ])('%s', (_what, row, expected) => {
    expect(verdictOf(row)).toBe(expected);
  });
});

describe('what is told to whoever decides in vain', () => {
  const why = (rule: ApprovalRule, text: string, more: Partial<Question> = {}): string | undefined =>
    whyItDoesNotCount(
      { environment: 'production', rule, actor: 'github:starter', authors: [], ...more },
      said(text, 0),
    );

  it.each<[string, string | undefined, string]>([
    ['nothing where it counts', why(NAMED, 'approve github:alice'), ''],
    [
      'who may',
      why(NAMED, 'approve mallory'),
      'production is decided by github:alice, bob@example.com, and mallory is not among them',
    ],
    [
      'whose work it is',
      why(NAMED, 'approve github:alice', { actor: 'github:alice' }),
      'nobody approves their own work in production, and github:alice triggered this release',
    ],
    [
      'and how',
      why(NAMED, 'approve github:alice', { authors: ['github:alice'] }),
      'nobody approves their own work in production, and github:alice is an author of a commit between what runs and this one',
    ],
    [
      'where to say it',
      why(SIGNED, 'approve github:alice'),
      'production takes decisions that a gateway signed and no others: this one is unverified; decide through the gateway',
    ],
    [
      'what is wrong with the signature',
      why(SIGNED, 'approve ?github:alice'),
      'production takes decisions that a gateway signed and no others: its signature is forged',
    ],
    ['nothing before a signature was looked at', why(SIGNED, 'approve ~github:alice'), ''],
    [
      'that words are missing',
      why({ ...NAMED, comment: 'required' }, 'approve github:alice'),
      'production asks for a comment with each decision',
    ],
    [
      'no more names than a sentence can carry',
      why({ ...ANYBODY, approvers: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((one) => `github:${one}`) }, 'approve x'),
      'production is decided by github:a, github:b, github:c, github:d, github:e and 2 more, and x is not among them',
    ],
  ])('%s', (_what, told, expected) => {
    expect(told ?? '').toBe(expected);
  });
});
