import type { ApprovalRule } from '../plan';
import type { Decision } from './decision';
import { signed } from './decision';
import { unfilledGroups } from './groups';
import { personOf } from './identity';
import type { ReadRule } from './rule';
import { readRule, wouldDo } from './rule';

/** What is asked in one round of approval, and who may not say yes because it is their own work. */
export interface Question {
  environment: string;
  rule: ApprovalRule;
  /** Who triggered the release. */
  actor: string;
  /** Authors of the commits between what runs and this one, by any of their names. */
  authors: readonly string[];
}

export type ApprovalVerdict =
  | { kind: 'waiting'; approved: Decision[]; missing: string[] }
  | { kind: 'approved'; approved: Decision[] }
  | { kind: 'rejected'; cause: string }
  /** Nobody is left who could make up what is missing. */
  | { kind: 'impossible'; cause: string };

/** Names that a sentence can carry. */
const MOST_NAMES = 5;

/** Why this decision does not count, in one sentence; undefined where it does. A signature that is still looked at counts as good. */
export function whyItDoesNotCount(
  question: Question,
  { decision, by, comment, proof, verified, doubt }: Omit<Decision, 'at'>,
): string | undefined {
  const { environment, rule } = question;
  const { eligible, ownWork, unverified, comment: wanted } = readRule(rule);
  const person = personOf(rule, by);
  if (eligible !== undefined && !eligible.includes(person)) {
    return `${environment} is decided by ${named(eligible)}, and ${by} is not among them`;
  }
  // Saying no to one's own work needs no second pair of eyes.
  if (decision === 'approve' && ownWork === 'refused') {
    const own = whyOwnWork(question, person);
    if (own !== undefined) return `nobody approves their own work in ${environment}, and ${by} ${own}`;
  }
  if (unverified === 'refused' && (proof === undefined || verified === false)) {
    return `${environment} takes decisions that a gateway signed and no others: ${doubt ?? 'this one is unverified; decide through the gateway'}`;
  }
  if (wanted === 'required' && (comment ?? '').trim() === '')
    return `${environment} asks for a comment with each decision`;
  return undefined;
}

function whyOwnWork({ rule, actor, authors }: Question, person: string): string | undefined {
  if (personOf(rule, actor) === person) return 'triggered this release';
  if (authors.some((author) => personOf(rule, author) === person)) {
    return 'is an author of a commit between what runs and this one';
  }
  return undefined;
}

/**
 * What the decisions of one round come to. Any no of somebody who may decide ends it; else enough different people must
 * say yes, one of each required group among them. A signature that is still looked at makes no difference yet.
 */
export function judgeApproval(question: Question, decisions: readonly Decision[]): ApprovalVerdict {
  const { rule } = question;
  const counted = decisions.filter(
    (one) => !(one.proof && one.verified === undefined) && whyItDoesNotCount(question, one) === undefined,
  );
  const rejection = counted.find(({ decision }) => decision === 'reject');
  if (rejection) {
    const { comment } = rejection;
    const why = comment === undefined ? '' : `: ${comment}`;
    return { kind: 'rejected', cause: `rejected by ${signed(rejection)}${why}` };
  }
  const byPerson = new Map<string, Decision>();
  for (const one of counted) {
    const person = personOf(rule, one.by);
    // A person counts once; a proved name says more than a typed one.
    if (byPerson.get(person)?.verified !== true) byPerson.set(person, one);
  }
  const approved = [...byPerson.values()];
  const people = [...byPerson.keys()];
  const read = readRule(rule);
  if (wouldDo(read, people)) return { kind: 'approved', approved };
  const impossible = whyImpossible(question, read);
  if (impossible !== undefined) return { kind: 'impossible', cause: impossible };
  return { kind: 'waiting', approved, missing: missing(question, read, people) };
}

/** Waiting for days for what cannot come would only hide it. */
function whyImpossible(question: Question, read: ReadRule): string | undefined {
  if (read.eligible === undefined || wouldDo(read, candidates(question, read.eligible, read.ownWork))) return undefined;
  const out = read.eligible.flatMap((person) => {
    const own = whyOwnWork(question, person);
    return own === undefined ? [] : [`${person} ${own}`];
  });
  if (out.length === 0) return 'the rule asks for more people than it names';
  return `nobody is left who could approve: ${out.slice(0, MOST_NAMES).join('; ')}, and nobody approves their own work`;
}

function candidates(question: Question, eligible: readonly string[], ownWork: ReadRule['ownWork']): string[] {
  return ownWork === 'allowed'
    ? [...eligible]
    : eligible.filter((person) => whyOwnWork(question, person) === undefined);
}

function missing(
  question: Question,
  { needed, eligible, required, ownWork }: ReadRule,
  people: readonly string[],
): string[] {
  const open = (names: readonly string[]): string[] =>
    candidates(question, names, ownWork).filter((person) => !people.includes(person));
  const groups = unfilledGroups(required, people);
  const rest = needed - people.length - groups.length;
  return [
    ...groups.map(({ name, members }) => `one of ${name} (${named(open(members))})`),
    ...(rest <= 0 ? [] : [eligible === undefined ? `${rest} more` : `${rest} more of ${named(open(eligible))}`]),
  ];
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
