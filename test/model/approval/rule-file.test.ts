import { parseReleaseConfig } from '../../../model/config/parse';
import { parsePolicy } from '../../../model/policy/parse';
import type { ApprovalRule } from '../../../model/plan';
import { CONFIG } from '../../client/samples';
import { POLICY_TEXT } from '../../client/gateway/stage/policy';

const KEY = `MCowBQYDK2VwAyEA${'A'.repeat(43)}=`;

/** `release.yml` with these lines as the rule of production. */
function ruleOf(text: string): ApprovalRule | undefined | string[] {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
  const parsed = parseReleaseConfig(`${CONFIG}    approval:\n${lines}\n`, 'release.yml');
  return parsed.ok
    ? parsed.config.environments[0]?.approval
    : parsed.problems.map(
        ({ path, message }) => `${path.replace('environments.production.approval.', '')}: ${message}`,
      );
}

describe('a rule', () => {
  it('of older files means what it meant, and holds nothing else', () => {
    expect(ruleOf('minimum: 2')).toEqual({ minimum: 2, expiresMs: 259_200_000 });
  });

  it('holds what was written', () => {
    expect(
      ruleOf(`
minimum: 2
expires: 2d
when-expired: aborted
approvers: [developers, github:Zoe, 'dependabot@example.com']
groups:
  developers: [ann, github:bob]
  security: ['github:app[bot]']
people:
  ann: [github:ann-o, ann@example.com]
one-of-each: [security]
own-work: allowed
unverified: recorded
comment: required`),
    ).toEqual({
      minimum: 2,
      expiresMs: 172_800_000,
      whenExpired: 'aborted',
      approvers: ['developers', 'github:Zoe', 'dependabot@example.com'],
      groups: { developers: ['ann', 'github:bob'], security: ['github:app[bot]'] },
      people: { ann: ['github:ann-o', 'ann@example.com'] },
      oneOfEach: ['security'],
      ownWork: 'allowed',
      unverified: 'recorded',
      comment: 'required',
    });
  });

  it.each<[string, string, string]>([
    [
      'approval by waiting',
      'when-expired: approved',
      'when-expired: `when-expired` is "approved": expected one of not-approved, aborted',
    ],
    [
      'a name that is nobody',
      'approvers: [alice]',
      'approvers: `alice` is no person and no group of this rule; write github:LOGIN or an e-mail address',
    ],
    [
      'a member who is nobody',
      'groups: { devs: [alice] }',
      'groups.devs: `alice` is no person of this rule; write github:LOGIN or an e-mail address',
    ],
    [
      'a group in a group',
      'groups: { devs: [github:a], all: [devs] }',
      'groups.all: `devs` is no person of this rule; write github:LOGIN or an e-mail address',
    ],
    ['a group that is not there', 'one-of-each: [security]', 'one-of-each: `security` is no group of `groups`'],
    [
      'a group that decides nothing',
      'approvers: [github:ann]\ngroups: { devs: [github:bob] }',
      'groups.devs: group `devs` decides nothing; name it in `approvers` or `one-of-each`, or remove it',
    ],
    [
      'a person called like a group',
      'groups: { devs: [github:ann] }\npeople: { devs: [github:bob] }',
      'people.devs: `devs` is a group already; give the person another name',
    ],
    [
      'more people than there are',
      'minimum: 2\napprovers: [github:ann, github:Ann]',
      'minimum: 2 different people must approve, one of each required group among them, and the 1 who may are not enough',
    ],
    [
      'one person for two groups',
      'groups: { a: [ann], b: [github:ann] }\npeople: { ann: [github:ann] }\none-of-each: [a, b]',
      'minimum: 2 different people must approve, one of each required group among them, and the 1 who may are not enough',
    ],
    [
      'verified decisions without a policy',
      'unverified: refused',
      'unverified: no decision could ever be verified: the keys of gateways stand in policy.yml, where this environment then belongs too; leave this out',
    ],
  ])('cannot ask for %s', (_what, text, problem) => {
    expect(ruleOf(text)).toEqual([problem]);
  });
});

describe('keys of gateways', () => {
  const refusing = POLICY_TEXT.replace(
    'github-environment: production',
    'github-environment: production\n        approval: { unverified: refused }',
  );

  it('are the policy’s', () => {
    expect(parsePolicy(`gateway-keys: ['${KEY}']\n${refusing}`, 'policy.yml')).toMatchObject({
      ok: true,
      policy: { gatewayKeys: [KEY] },
    });
  });

  it.each([
    ['a private key', `'MC4CAQAwBQYDK2VwBCIEI${'A'.repeat(43)}='`],
    ['a key of another kind', `'MCowBQYDK2VuAyEA${'A'.repeat(43)}='`],
    ['a whole file', `'-----BEGIN PUBLIC KEY-----'`],
  ])('are not %s', (_what, key) => {
    const parsed = parsePolicy(`gateway-keys: [${key}]\n${POLICY_TEXT}`, 'policy.yml');
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('public Ed25519 keys in base64') as string }],
    });
  });

  it('must be there where decisions must be verified', () => {
    expect(parsePolicy(refusing, 'policy.yml')).toMatchObject({
      ok: false,
      problems: [
        {
          path: 'projects.shop.environments.production.approval.unverified',
          message: expect.stringMatching(/^no decision could ever be verified/) as string,
        },
      ],
    });
  });
});
