import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecrets } from '../../../activities/gates/secrets';
import type { GateOf } from '../../../model/gates/kinds';
import { installSonarScanner } from '../../helpers/gate-tools/install';
import { startSonar } from '../../helpers/gate-tools/sonar-server';
import type { SonarServer, SonarSays } from '../../helpers/gate-tools/sonar-server';
import { createBench, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

const TOKEN = 'squ-of-this-test';

let sonar: SonarServer;
let elsewhere: SonarServer;
let bench: Bench;
let gate: GateOf<'sonar'>;
const realPath = process.env['PATH'];

beforeEach(async () => {
  [sonar, elsewhere] = await Promise.all([startSonar(TOKEN), startSonar(TOKEN)]);
  const env = { SLUICE_SECRET_SONAR_TOKEN: TOKEN, SLUICE_SECRET_SONAR_TOKEN_HOST: sonar.host };
  bench = createBench({ secrets: createSecrets(env) });
  bench.commit({ 'app/a.py': 'print(1)\n' });
  const bin = path.join(bench.folder, 'bin');
  installSonarScanner(bin);
  process.env['PATH'] = `${bin}${path.delimiter}${realPath ?? ''}`;
  gate = {
    ...{ kind: 'sonar', name: 'sonar', needs: [], timeoutMs: 20_000 },
    ...{ host: sonar.host, project: 'acme_orders', token: 'SONAR_TOKEN', properties: { 'sonar.sources': 'app' } },
  };
});

afterEach(async () => {
  process.env['PATH'] = realPath;
  await Promise.all([sonar.close(), elsewhere.close(), bench.remove()]);
});

describe('uses: sonar', () => {
  const failed = { status: 'ERROR', metricKey: 'new_coverage', comparator: 'LT', errorThreshold: '85' };
  it.each<[string, SonarSays, string, string]>([
    ['the quality gate is OK', {}, 'passed', 'the quality gate is OK (1 condition), and no security hotspot waits'],
    ['the server takes its time', { task: ['PENDING', 'IN_PROGRESS', 'SUCCESS'] }, 'passed', 'the quality gate is OK'],
    [
      'a condition is missed',
      { status: 'ERROR', conditions: [{ ...failed, actualValue: '82.5' }] },
      'failed',
      'the quality gate is ERROR: new_coverage is 82.5, at least 85',
    ],
    ['it is WARN, of older servers', { status: 'WARN', conditions: [failed] }, 'failed', 'the quality gate is WARN'],
    ['hotspots wait for review', { hotspots: 2 }, 'failed', '2 security hotspots in Sonar that nobody has reviewed'],
    ['there is no quality gate', { status: 'NONE', conditions: [] }, 'undetermined', 'no quality gate with conditions'],
    ['it has no conditions', { conditions: [] }, 'undetermined', 'no quality gate with conditions'],
    ['it has a status that nobody knows', { status: 'FINE' }, 'undetermined', 'holds no status'],
    [
      'the analysis failed',
      { task: [{ status: 'FAILED', errorMessage: 'Fail to process issues' }] },
      'undetermined',
      'Sonar has no analysis of this commit: the task ended FAILED: Fail to process issues',
    ],
    ['the analysis was cancelled', { task: ['CANCELED'] }, 'undetermined', 'the task ended CANCELED'],
    [
      'the task is of another project',
      { task: [{ status: 'SUCCESS', componentKey: 'acme_other' }] },
      'undetermined',
      'the task is of the project acme_other and not of acme_orders',
    ],
    [
      'the analysis is of a pull request',
      { task: [{ status: 'SUCCESS', pullRequest: '7' }] },
      'undetermined',
      'one of a pull request',
    ],
    ['it is of another commit', { revision: 'f'.repeat(40) }, 'undetermined', `is of commit ${'f'.repeat(40)}`],
    ['it is of no commit', { revision: null }, 'undetermined', 'is of no commit that it names'],
    [
      'the token is refused',
      { refuses: { 'api/ce/task': { status: 401 } } },
      'undetermined',
      'the server refuses the token at api/ce/task (401)',
    ],
  ])('%s', async (_, says, verdict, cause) => {
    sonar.says = says;
    expect(await bench.run(gate)).toMatchObject({ verdict, cause: expect.stringContaining(cause) as unknown });
  });

  it('waits no longer than its time', async () => {
    sonar.says = { task: ['PENDING'] };
    expect(await bench.run({ ...gate, timeoutMs: 1_500 })).toMatchObject({
      verdict: 'undetermined',
      cause: "Sonar was not done when the gate's 1.5 s were over",
    });
  });

  it('asks a server again that is away for a moment', async () => {
    sonar.says = { refuses: { 'api/qualitygates/project_status': { status: 503 } } };
    const running = bench.run(gate);
    while (!sonar.asked.some((each) => each.path.includes('project_status'))) await new Promise(setImmediate);
    sonar.says = {};
    expect(await running).toMatchObject({ verdict: 'passed' });
  });

  it('has exactly this commit analysed, as it is in Git, with the reports of the gates that it needs', async () => {
    bench.commit({
      'app/a.py': 'print(2)\n',
      'coverage.xml': 'old',
      'sonar-project.properties': 'sonar.exclusions=**',
    });
    const tests = runGate('rm app/a.py; echo "<source>$PWD/app</source>" > coverage.xml', {
      coverage: {
        format: 'cobertura',
        report: 'coverage.xml',
        lines: 0,
        include: [],
        exclude: [],
        reportLimitBytes: 1e6,
      },
    });
    await bench.run(tests);
    await bench.run(runGate('echo other > coverage.xml', { name: 'rewrites' }));
    const properties = { 'sonar.python.coverage.reportPaths': 'coverage.xml' };
    expect(await bench.run({ ...gate, needs: ['tests'], properties })).toMatchObject({ verdict: 'passed' });
    const [sent] = sonar.submitted;
    expect(sent).toMatchObject({
      project: 'acme_orders',
      revision: bench.input(gate).commit,
      files: ['app/a.py', 'coverage.xml', 'sonar-project.properties'],
      coverage: `<source>${sent?.base ?? ''}/app</source>\n`,
    });
    expect(sent?.properties['sonar.exclusions']).toBeUndefined();
  });
});

describe('the token of Sonar', () => {
  it('is not sent to a server that the worker does not name', async () => {
    expect(await bench.run({ ...gate, host: elsewhere.host })).toMatchObject({
      verdict: 'undetermined',
      cause: `this worker names only ${sonar.host} for the secret SONAR_TOKEN, so it was not sent to ${elsewhere.host}`,
    });
    expect(elsewhere.asked).toEqual([]);
  });

  it('follows no redirect', async () => {
    const location = `${elsewhere.host}/api/ce/task?id=1`;
    sonar.says = { refuses: { 'api/ce/task': { status: 302, location } } };
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'Sonar gave no answer: the server sends api/ce/task elsewhere (302), where the token does not go',
    });
    expect(elsewhere.asked).toEqual([]);
  });

  it('does not go where a report-task.txt of the commit points', async () => {
    const planted = `projectKey=acme_orders\nserverUrl=${elsewhere.host}\nceTaskId=mine\nceTaskUrl=${elsewhere.host}/api/ce/task?id=mine\n`;
    bench.commit({ '.scannerwork/report-task.txt': planted, 'report-task.txt': planted });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed' });
    expect(elsewhere.asked).toEqual([]);
  });

  it('does not go where sonar-project.properties of the commit points', async () => {
    bench.commit({ 'sonar-project.properties': `sonar.host.url=${elsewhere.host}\nsonar.projectKey=mine\n` });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed' });
    expect(elsewhere.asked).toEqual([]);
  });

  it('stands neither in the log nor in the result', async () => {
    const result = await bench.run(gate);
    expect(JSON.stringify(result) + readFileSync(result.log ?? '', 'utf8')).not.toContain(TOKEN);
  });
});
