import { z } from 'zod';
import { readRule, wouldDo } from '../approval/rule';
import type { ApprovalRule } from '../plan';
import { duration, mapping, matching, oneOf, sluiceName, wholeNumber } from './fields';

const NINETY_DAYS_MS = 90 * 86_400_000;
const MOST_NAMES = 100;
const MOST_GROUPS = 20;

/** A login as GitHub has them (bots end in `[bot]`), or an e-mail address. */
const IDENTITY =
  /^(?:github:[A-Za-z0-9][A-Za-z0-9_-]{0,98}(?:\[bot\])?|[^\s@<>:,"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?)$/;

const key = sluiceName('a name');
const identity = matching(IDENTITY, 'github:LOGIN or an e-mail address');
/** A person, or a name that stands under `people` or `groups`. */
const named = z.union([identity, key], {
  error: 'github:LOGIN, an e-mail address, or a name of `people` or `groups`',
});

function list<Item extends z.ZodType>(item: Item, of: string, most = MOST_NAMES) {
  const expected = `a list of 1 to ${most} ${of}`;
  return z.array(item, { error: expected }).min(1, expected).max(most, expected);
}

const fields = mapping({
  minimum: wholeNumber(1, 20).default(1).describe('How many different people must approve.'),
  expires: duration({ default: '3d', atMostMs: NINETY_DAYS_MS }).describe(
    'After that the release ends as `when-expired` says.',
  ),
  'when-expired': oneOf(['not-approved', 'aborted'])
    .optional()
    .describe('How a release ends that nobody decided about in time; default: not-approved. Time never approves.'),
  approvers: list(named, 'people or groups')
    .optional()
    .describe('People and groups who may decide; default: all members of `groups`, and without groups anybody.'),
  groups: z
    .record(key, list(named, 'people'), { error: 'a mapping from names to lists of people' })
    .optional()
    .describe('Groups by name, each a list of people.'),
  people: z
    .record(key, list(identity, 'names', 10), { error: 'a mapping from people to lists of their names' })
    .optional()
    .describe('People of several names (login, addresses that they commit with), so that each counts once.'),
  'one-of-each': list(key, 'groups', MOST_GROUPS)
    .optional()
    .describe('Groups of each of which somebody must approve, each time somebody else.'),
  'own-work': oneOf(['refused', 'allowed'])
    .optional()
    .describe(
      'Approval by who triggered the release, or by an author of a commit between what runs and this one; default: refused where approvers are named.',
    ),
  unverified: oneOf(['recorded', 'refused'])
    .optional()
    .describe(
      'Decisions that no gateway signed: they count and are recorded as unverified, or do not count; default: recorded.',
    ),
  comment: oneOf(['optional', 'required'])
    .optional()
    .describe('Whether a decision needs a comment; default: optional.'),
});

export const approval = fields.superRefine((rule, context) => {
  for (const { path, message } of problemsOf(rule)) context.addIssue({ code: 'custom', message, path });
});

type ApprovalInFile = z.output<typeof fields>;

/** What people wrote, as a plan holds it; a default that was not written is left to whoever reads the rule. */
export function approvalRule(file: ApprovalInFile): ApprovalRule {
  const { minimum, expires: expiresMs, approvers, groups, people, unverified, comment } = file;
  const { 'one-of-each': oneOfEach, 'own-work': ownWork, 'when-expired': whenExpired } = file;
  return {
    minimum,
    expiresMs,
    ...(approvers && { approvers }),
    ...(groups && { groups }),
    ...(people && { people }),
    ...(oneOfEach && { oneOfEach }),
    ...(ownWork && { ownWork }),
    ...(unverified && { unverified }),
    ...(whenExpired && { whenExpired }),
    ...(comment && { comment }),
  };
}

/** Where environments ask for verified decisions, as paths that begin with `environments`. */
export function unverifiedRefused(
  environments: Readonly<Record<string, { approval?: ApprovalInFile | undefined }>>,
): string[][] {
  return Object.entries(environments)
    .filter(([, { approval: rule }]) => rule?.unverified === 'refused')
    .map(([name]) => ['environments', name, 'approval', 'unverified']);
}

interface Problem {
  path: string[];
  message: string;
}

function problemsOf(file: ApprovalInFile): Problem[] {
  const { approvers, groups = {}, people = {}, 'one-of-each': oneOfEach = [] } = file;
  const known = Object.keys(groups);
  const problems = [
    ...known
      .filter((name) => Object.hasOwn(people, name))
      .map((name) => ({
        path: ['people', name],
        message: `\`${name}\` is a group already; give the person another name`,
      })),
    ...unknownNames(['approvers'], approvers ?? [], [...known, ...Object.keys(people)], 'no person and no group'),
    ...Object.entries(groups).flatMap(([name, members]) =>
      unknownNames(['groups', name], members, Object.keys(people), 'no person'),
    ),
    ...oneOfEach
      .filter((name) => !known.includes(name))
      .map((name) => ({ path: ['one-of-each'], message: `\`${name}\` is no group of \`groups\`` })),
    ...(approvers === undefined ? [] : known)
      .filter((name) => !approvers?.includes(name) && !oneOfEach.includes(name))
      .map((name) => ({
        path: ['groups', name],
        message: `group \`${name}\` decides nothing; name it in \`approvers\` or \`one-of-each\`, or remove it`,
      })),
  ];
  return problems.length > 0 ? problems : whyNeverEnough(approvalRule(file));
}

function unknownNames(path: string[], names: readonly string[], known: readonly string[], is: string): Problem[] {
  return names
    .filter((name) => !/[:@]/.test(name) && !known.includes(name))
    .map((name) => ({ path, message: `\`${name}\` is ${is} of this rule; write github:LOGIN or an e-mail address` }));
}

function whyNeverEnough(rule: ApprovalRule): Problem[] {
  const read = readRule(rule);
  if (read.eligible === undefined || wouldDo(read, read.eligible)) return [];
  const message = `${read.needed} different people must approve, one of each required group among them, and the ${read.eligible.length} who may are not enough`;
  return [{ path: ['minimum'], message }];
}
