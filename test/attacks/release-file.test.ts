import { parseReleaseConfig } from '../../model/config/parse';
import { formatProblem } from '../../model/config/release-config';
import { parsePolicy } from '../../model/policy/parse';
import { whyGatesFallShort } from '../../model/policy/required-gates';

const REST = `
project: shop
image: { repository: shop, builder: docker }
environments: { production: { region: eu-west-1, cluster: main, services: { api: { health: { digest: true } } } } }
`;
const RIGHT = {
  tests: '{ run: npm test, junit: r.xml, coverage: { lcov: l.info, lines: 80, branches: 60 } }',
  secrets: '{ uses: gitleaks }',
  packages: '{ uses: trivy }',
  quality: '{ uses: sonar, host: https://sonar.example.com, project: shop }',
};
const POLICY = `
projects:
  shop:
    repository: https://github.com/acme/shop
    repository-id: 1
    repository-owner-id: 2
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    required-gates:
      tests: { run: npm test, junit: true, coverage: 80, branches: 60 }
      secrets: { kind: gitleaks }
      packages: { kind: trivy }
      quality: { kind: sonar, host: https://sonar.example.com, project: shop }
    environments: { production: { region: eu-west-1, cluster: main, services: { api: { health: { digest: true } } } } }
`;

type Gates = Partial<Record<keyof typeof RIGHT, string | undefined>> & Record<string, string | undefined>;

/** What the policy says of this release.yml; the problems of the file where it is none. */
function judged(gates: Gates): string | undefined {
  const lines = Object.entries({ ...RIGHT, ...gates }).flatMap(([name, gate]) =>
    gate === undefined ? [] : [`  ${name}: ${gate}`],
  );
  const file = parseReleaseConfig(`gates:\n${lines.join('\n')}${REST}`, 'release.yml');
  if (!file.ok) return file.problems.map(formatProblem).join('\n');
  const policy = parsePolicy(POLICY, 'policy.yml');
  if (!policy.ok) throw new Error(policy.problems.map(formatProblem).join('\n'));
  return whyGatesFallShort(policy.policy.projects[0]?.requiredGates ?? [], file.config.gates);
}

it('a release.yml that has what the policy requires is let pass', () => {
  expect(judged({})).toBeUndefined();
});

describe('a release.yml does not get round the policy by', () => {
  it.each<[string, Gates, string]>([
    ['leaving a gate out', { secrets: undefined }, 'has no gate secrets'],
    ['renaming it', { secrets: undefined, 'secrets-2': '{ uses: gitleaks }' }, 'has no gate secrets'],
    ['emptying it', { tests: RIGHT.tests.replace('npm test', 'npm test --if-present') }, 'runs another command'],
    [
      'swallowing its exit code',
      { tests: RIGHT.tests.replace('npm test', 'npm test || true') },
      'runs another command',
    ],
    [
      'a comment in place of it',
      { tests: RIGHT.tests.replace('npm test', "'true # npm test'") },
      'runs another command',
    ],
    [
      'a command line in place of a scanner',
      { secrets: '{ run: gitleaks }' },
      'and the policy requires the scanner gitleaks',
    ],
    ['another scanner', { secrets: '{ uses: secretlint }' }, 'as the scanner secretlint'],
    ['a lower floor', { tests: RIGHT.tests.replace('lines: 80', 'lines: 79.999') }, 'asks for 79.999 % of lines'],
    ['no floor of branches', { tests: RIGHT.tests.replace(', branches: 60', '') }, 'no coverage of branches'],
    ['no coverage', { tests: '{ run: npm test, junit: r.xml }' }, 'judges no coverage'],
    ['no JUnit report', { tests: RIGHT.tests.replace('junit: r.xml, ', '') }, 'reads no JUnit report'],
    [
      'not looking through the history',
      { secrets: '{ uses: gitleaks, history: false }' },
      'does not look through the history',
    ],
    ['a late `since`', { secrets: `{ uses: gitleaks, since: ${'a'.repeat(40)} }` }, 'leaves out the history up to'],
    ['fewer severities', { packages: '{ uses: trivy, severity: [CRITICAL] }' }, 'lets HIGH vulnerabilities pass'],
    ['what nobody has mended', { packages: '{ uses: trivy, ignore-unfixed: true }' }, 'without a fixed version'],
    [
      'another Sonar',
      { quality: RIGHT.quality.replace('sonar.example', 'sonar.evil') },
      'asks Sonar for the host https://sonar.evil.com',
    ],
    [
      'another project in Sonar',
      { quality: RIGHT.quality.replace('project: shop', 'project: fine') },
      'for the project fine',
    ],
    [
      'a host by a property',
      { quality: RIGHT.quality.replace(' }', ", properties: { sonar.host.url: 'https://evil' } }") },
      'cannot be used here',
    ],
    [
      'a program by a property',
      { quality: RIGHT.quality.replace(' }', ', properties: { sonar.scanner.javaExePath: ./a } }') },
      'cannot be used here',
    ],
    ['a token without TLS', { quality: RIGHT.quality.replace('https', 'http') }, 'expected the https: URL'],
    [
      'a secret that is a setting of a loader',
      { tests: RIGHT.tests.replace(' }', ' }').replace('{ run', '{ secrets: [LD_PRELOAD], run') },
      'the name of a secret',
    ],
    [
      'a report out of the workspace',
      { tests: RIGHT.tests.replace('r.xml', '../r.xml') },
      'a path inside the checkout',
    ],
    ['the report of another gate', { extra: '{ run: x, junit: r.xml }' }, 'both write `r.xml`'],
    [
      'a need that never ends',
      { tests: RIGHT.tests.replace('{ run', '{ needs: [secrets], run'), secrets: '{ uses: gitleaks, needs: [tests] }' },
      'wait for one another',
    ],
  ])('%s', (_, gates, why) => {
    expect(judged(gates)).toContain(why);
  });
});
