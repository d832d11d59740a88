import type { ApprovalRule } from '../plan';
import { unfilledGroups } from './groups';
import type { Group } from './groups';
import { personOf } from './identity';

/** An approval rule with every default filled in, in terms of people. */
export interface ReadRule {
  /** How many different people must approve; at least one for each group that must. */
  needed: number;
  /** Absent: anybody. */
  eligible?: readonly string[];
  /** Of each of these somebody else must approve. */
  required: readonly Group[];
  ownWork: 'refused' | 'allowed';
  unverified: 'recorded' | 'refused';
  comment: 'optional' | 'required';
}

export function readRule(rule: ApprovalRule): ReadRule {
  const { groups = {}, oneOfEach = [], approvers } = rule;
  const person = (name: string): string => personOf(rule, name);
  const membersOf = (group: string): string[] => unique((groups[group] ?? []).map(person));
  const required = oneOfEach.map((name) => ({ name, members: membersOf(name) }));
  const named = approvers?.flatMap((name) => (Object.hasOwn(groups, name) ? membersOf(name) : [person(name)]));
  const all = [
    ...(named ?? Object.keys(groups).flatMap(membersOf)),
    // Who must be heard may speak.
    ...required.flatMap(({ members }) => members),
  ];
  const known = approvers !== undefined || Object.keys(groups).length > 0;
  return {
    needed: Math.max(rule.minimum, required.length),
    ...(known && { eligible: unique(all) }),
    required,
    // Where nobody says who may approve, names are whatever was typed: a rule that the next name gets around would only
    // lock out who is alone.
    ownWork: rule.ownWork ?? (known ? 'refused' : 'allowed'),
    unverified: rule.unverified ?? 'recorded',
    comment: rule.comment ?? 'optional',
  };
}

/** Whether these people, all of them saying yes, would be enough. */
export function wouldDo(
  { needed, required }: Pick<ReadRule, 'needed' | 'required'>,
  people: readonly string[],
): boolean {
  return people.length >= needed && unfilledGroups(required, people).length === 0;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
