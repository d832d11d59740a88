import type { GateSpec, RunGate } from '../../../model/plan';
import type { RequiredGate } from '../../../model/policy/policy';
import { whyGatesFallShort } from '../../../model/policy/required-gates';

const tests: RunGate = {
  name: 'tests',
  kind: 'run',
  needs: [],
  timeoutMs: 1,
  setup: [],
  run: 'npm test',
  environment: {},
  coverage: { format: 'lcov', report: 'lcov.info', lines: 80, include: [], exclude: [], reportLimitBytes: 1 },
};
const secrets: GateSpec = { name: 'secrets', kind: 'secretlint', needs: [], timeoutMs: 1 };
const { coverage, ...uncovered } = tests;

it.each<[string, RequiredGate[], GateSpec[], RegExp | undefined]>([
  ['nothing is required', [], [], undefined],
  [
    'all are there',
    [
      { name: 'tests', kind: 'run' },
      { name: 'secrets', kind: 'secretlint' },
    ],
    [tests, secrets],
    undefined,
  ],
  ['there are more', [{ name: 'secrets', kind: 'secretlint' }], [tests, secrets], undefined],
  ['the floor is the same', [{ name: 'tests', kind: 'run', coverage: 80 }], [tests], undefined],
  ['the floor is higher', [{ name: 'tests', kind: 'run', coverage: 79.5 }], [tests], undefined],
  [
    'one is missing',
    [{ name: 'secrets', kind: 'secretlint' }],
    [tests],
    /^has no gate secrets, which the policy requires$/,
  ],
  ['one was renamed', [{ name: 'tests', kind: 'run' }], [{ ...tests, name: 'test' }], /^has no gate tests/],
  [
    'a scanner became a command line',
    [{ name: 'secrets', kind: 'secretlint' }],
    [{ ...tests, name: 'secrets' }],
    /^has the gate secrets as a command line \(`run`\), and the policy requires the scanner secretlint$/,
  ],
  [
    'it is another scanner',
    [{ name: 'secrets', kind: 'gitleaks' }],
    [secrets],
    /as the scanner secretlint, .* gitleaks$/,
  ],
  [
    'the floor is lower',
    [{ name: 'tests', kind: 'run', coverage: 80.1 }],
    [tests],
    /asks for 80 % of lines .* requires 80\.1 %/,
  ],
  [
    'no coverage is judged',
    [{ name: 'tests', kind: 'run', coverage: 1 }],
    [uncovered],
    /judges no coverage in the gate tests/,
  ],
])('%s', (_, required, gates, reason) => {
  const why = whyGatesFallShort(required, gates);
  if (reason === undefined) expect(why).toBeUndefined();
  else expect(why).toMatch(reason);
});
