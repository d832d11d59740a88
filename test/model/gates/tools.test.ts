import { parsePolicy } from '../../../model/policy/parse';
import { SMALLEST } from '../policy/example';

const SHA256 = 'ab'.repeat(32);

function parsed(tools: string) {
  const read = parsePolicy(`${SMALLEST}tools: ${tools}\n`, 'policy.yml');
  return read.ok ? read.policy.tools : read.problems.map(({ message }) => message);
}

it('a policy pins tools, and names the files that they take settings from', () => {
  const trivy = `{ path: /opt/trivy, sha256: '${SHA256}', ignore-file: /etc/ignore, skip-db-update: true }`;
  expect(parsed(`{ trivy: ${trivy}, gitleaks: { sha256: '${SHA256}' }, sonar-scanner: {} }`)).toEqual({
    trivy: { path: '/opt/trivy', sha256: SHA256, ignoreFile: '/etc/ignore', skipDbUpdate: true },
    gitleaks: { sha256: SHA256 },
    'sonar-scanner': {},
  });
});

it.each([
  ['a hash of another length', "{ trivy: { sha256: 'abc' } }", 'a SHA-256 in 64 hexadecimal digits'],
  ['a path that is relative', '{ trivy: { path: bin/trivy } }', 'an absolute path'],
  ['a tool that no gate starts', '{ snyk: {} }', 'unknown key `snyk`'],
])('a policy is wrong that has %s', (_, tools, why) => {
  expect(parsed(tools)).toEqual([expect.stringContaining(why)]);
});
