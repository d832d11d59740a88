import { readFileSync } from 'node:fs';
import { createSecrets } from '../../../activities/gates/secrets';
import { createBench, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

const CANARY = 'canary-5f1c9d';
// Put together here, so that this file is no finding of a scanner.
const TOKEN = ['ghp', 'a1B2'.repeat(9)].join('_');

let bench: Bench;

beforeEach(() => {
  bench = createBench({
    secrets: createSecrets({ SLUICE_SECRET_NPM_TOKEN: CANARY, NPM_TOKEN: 'not this', OTHER: CANARY }),
  });
  bench.commit({ 'a.txt': 'a\n' });
});

afterEach(async () => {
  await bench.remove();
});

describe('a secret that a gate names', () => {
  it('is given to its commands', async () => {
    const gate = runGate(`[ "$NPM_TOKEN" = ${CANARY} ]`, { secrets: ['NPM_TOKEN'] });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed' });
  });

  it('is given to no other gate', async () => {
    expect(await bench.run(runGate('[ -z "${NPM_TOKEN:-}" ]'))).toMatchObject({ verdict: 'passed' });
  });

  it('that the worker does not have leaves the gate undetermined, and nothing is run', async () => {
    const result = await bench.run(runGate('touch ran', { secrets: ['OTHER'] }));
    expect(result).toMatchObject({
      verdict: 'undetermined',
      cause: 'this worker has no secret OTHER (its variable SLUICE_SECRET_OTHER)',
    });
    expect(await bench.run(runGate('[ ! -e ran ]'))).toMatchObject({ verdict: 'passed' });
  });
});

describe('what a gate says', () => {
  it.each([
    ['a secret as it is', 'echo "it is $NPM_TOKEN"'],
    ['a secret in a URL', 'echo "https://user:$NPM_TOKEN@registry.example.com/"'],
    ['a secret in base64', 'printf %s "user:$NPM_TOKEN" | base64'],
    ['a token that nobody gave it', `echo ${TOKEN}`],
  ])('does not hold %s', async (_, print) => {
    const { log, ...result } = await bench.run(
      runGate(`${print}; ${print} >&2; exit 1`, { secrets: ['NPM_TOKEN'], setup: [print] }),
    );
    const said = readFileSync(log ?? '', 'utf8') + JSON.stringify(result);
    for (const secret of [CANARY, TOKEN, Buffer.from(CANARY).toString('base64').slice(4, -4)])
      expect(said.replaceAll(`$ ${print}`, '')).not.toContain(secret);
    expect(result.tail).toContain('***');
  });

  it('does not hold one in the name of a failed test', async () => {
    const report = '<testsuite><testcase name="$NPM_TOKEN"><failure/></testcase></testsuite>';
    const gate = runGate(`echo '${report}' | sed "s/[$]NPM_TOKEN/$NPM_TOKEN/" > r.xml`, {
      secrets: ['NPM_TOKEN'],
      junit: ['r.xml'],
    });
    expect((await bench.run(gate)).cause).toMatch(/1 of 1 test failed: \*\*\*$/);
  });
});
