import { InputsError, readInputs } from '../../../client/action/inputs';

const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const GOOD = { gateway: 'https://sluice.example.com', project: 'shop', commit: COMMIT };

function environment(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

function problemsOf(inputs: Record<string, string>): readonly string[] {
  try {
    readInputs(environment({ ...GOOD, ...inputs }));
  } catch (error) {
    if (error instanceof InputsError) return error.problems;
    throw error;
  }
  return [];
}

it('what is left out has its default; the audience is the gateway', () => {
  expect(readInputs(environment({ ...GOOD, gateway: ' https://sluice.example.com/ ' }))).toEqual({
    gateway: 'https://sluice.example.com',
    audience: 'https://sluice.example.com',
    project: 'shop',
    commit: COMMIT,
    purpose: 'release',
    environments: [],
    wait: 'all',
    onCancel: 'detach',
    timeoutMs: 350 * 60_000,
    patienceMs: 5 * 60_000,
  });
});

it('all of them are read under the names that the runner gives them', () => {
  const inputs = {
    audience: 'sluice-prod',
    environments: 'staging, production\nstaging\n',
    'allow-older': 'prices were wrong',
    wait: 'gates',
    'on-cancel': 'abort',
    timeout: '2h',
    patience: '90s',
  };
  expect(readInputs(environment({ ...GOOD, ...inputs }))).toMatchObject({
    audience: 'sluice-prod',
    environments: ['staging', 'production'],
    allowOlder: 'prices were wrong',
    wait: 'gates',
    onCancel: 'abort',
    timeoutMs: 7_200_000,
    patienceMs: 90_000,
  });
});

it.each([
  ['gateway', 'sluice.example.com'],
  ['gateway', 'http://sluice.example.com'],
  ['gateway', 'https://user:secret@sluice.example.com'],
  ['gateway', 'https://sluice.example.com/?x=1'],
  ['gateway', ''],
  ['audience', 'two words'],
  ['project', '../shop'],
  ['project', ''],
  ['commit', 'main'],
  ['commit', '1a2b3c4d'],
  ['commit', COMMIT.toUpperCase()],
  ['purpose', 'deploy'],
  ['environments', 'production, Staging'],
  ['allow-older', 'two\nlines'],
  ['allow-older', 'x'.repeat(501)],
  ['wait', 'yes'],
  ['on-cancel', 'kill'],
  ['timeout', '90'],
  ['patience', 'forever'],
])('%s: %j is refused in one sentence that names it', (name, value) => {
  const problems = problemsOf({ [name]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^Input \`${name}\` must be [^]+; it is [^]+\\.$`));
});

it('a gateway on this machine may be asked without TLS', () => {
  expect(problemsOf({ gateway: 'http://127.0.0.1:8484' })).toEqual([]);
});

it.each([{ environments: 'production' }, { 'allow-older': 'because' }])('a check with %j is refused', (more) => {
  expect(problemsOf({ purpose: 'check', ...more })).toEqual([
    'A check deploys nowhere: leave out the inputs `environments` and `allow-older`.',
  ]);
});
