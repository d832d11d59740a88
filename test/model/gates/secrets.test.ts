import { grantOf } from '../../../model/gates/secrets';
import type { AskedSecret } from '../../../model/gates/secrets';
import { parsePolicy } from '../../../model/policy/parse';
import { SMALLEST as POLICY } from '../policy/example';

const parsed = parsePolicy(
  POLICY.replace(
    /^( +)repository: /m,
    '$1secrets: { SONAR_TOKEN: { host: "https://sonar.example.com/", checks: true }, NPM_TOKEN: {} }\n$1repository: ',
  ),
  'policy.yml',
);
if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
const { policy } = parsed;
const [project] = policy.projects;
const asked: AskedSecret = {
  name: 'NPM_TOKEN',
  project: project?.project ?? '',
  repository: project?.repository ?? '',
  purpose: 'release',
};

it.each<[string, Partial<AskedSecret>, unknown]>([
  ['is granted to a release', {}, { granted: true, rule: {} }],
  [
    'is not granted to a check',
    { purpose: 'check' },
    { granted: false, why: expect.stringContaining('and not to checks') as unknown },
  ],
  [
    'is granted to a check where the policy says so, for its host',
    { name: 'SONAR_TOKEN', purpose: 'check' },
    { granted: true, rule: { host: 'https://sonar.example.com', checks: true } },
  ],
  [
    'is not granted by another name',
    { name: 'AWS_KEY' },
    { granted: false, why: expect.stringContaining('no secret AWS_KEY') as unknown },
  ],
  [
    'is not granted to another project',
    { project: 'other' },
    { granted: false, why: expect.stringContaining('knows no project') as unknown },
  ],
  [
    'is not granted to another repository',
    { repository: 'https://github.com/evil/shop' },
    { granted: false, why: expect.stringContaining('of this repository') as unknown },
  ],
])('a secret %s', (_, more, grant) => {
  expect(grantOf(policy, { ...asked, ...more })).toEqual(grant);
});

it('without a policy the environment of the worker alone decides', () => {
  expect(grantOf(undefined, { ...asked, name: 'ANY_TOKEN' })).toEqual({ granted: true, rule: {} });
});
