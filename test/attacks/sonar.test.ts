import { createSecrets } from '../../activities/gates/secrets';
import { installSonarScanner } from '../helpers/gate-tools/install';
import { startSonar } from '../helpers/gate-tools/sonar-server';
import type { SonarSays, SonarServer } from '../helpers/gate-tools/sonar-server';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

const TOKEN = 'squ-of-this-attack';

let stage: Stage;
let sonar: SonarServer;
let thief: SonarServer;

beforeEach(async () => {
  [sonar, thief] = await Promise.all([startSonar(TOKEN), startSonar(TOKEN)]);
  const env = { SLUICE_SECRET_SONAR_TOKEN: TOKEN, SLUICE_SECRET_SONAR_TOKEN_HOST: sonar.host };
  stage = openStage({ secrets: createSecrets(env) });
  installSonarScanner(stage.bin);
  stage.commit({ 'a.py': 'print(1)\n' });
});

afterEach(async () => {
  await Promise.all([stage.remove(), sonar.close(), thief.close()]);
});

const gate = (host = sonar.host) => gateOf('sonar', { host, project: 'acme', token: 'SONAR_TOKEN', properties: {} });

describe("Sonar's token does not get to a thief by", () => {
  afterEach(() => expect(thief.asked).toEqual([]));

  it('a release.yml that names another server', async () => {
    expectNoPass(await stage.run(gate(thief.host)), 'undetermined', 'was not sent to');
  });

  it('a server that sends it elsewhere', async () => {
    sonar.says = { refuses: { 'api/qualitygates/project_status': { status: 307, location: `${thief.host}/x` } } };
    expectNoPass(await stage.run(gate()), 'undetermined', 'where the token does not go');
  });

  it.each<[string, (thief: string) => Record<string, string>]>([
    [
      'a planted report-task.txt',
      (to) => ({ '.scannerwork/report-task.txt': `ceTaskUrl=${to}/x\nserverUrl=${to}\nceTaskId=1\n` }),
    ],
    ['a planted sonar-project.properties', (to) => ({ 'sonar-project.properties': `sonar.host.url=${to}\n` })],
    ['a planted .sonarcloud.properties', (to) => ({ '.sonarcloud.properties': `sonar.host.url=${to}\n` })],
  ])('%s', async (_, files) => {
    stage.commit(files(thief.host));
    expect(await stage.run(gate())).toMatchObject({ verdict: 'passed' });
  });
});

describe('Sonar does not pass by', () => {
  it.each<[string, SonarSays, 'failed' | 'undetermined', string]>([
    [
      'the analysis of another commit',
      { revision: '0'.repeat(40) },
      'undetermined',
      'the analysis in Sonar is of commit 0000',
    ],
    ['an analysis of no commit', { revision: null }, 'undetermined', 'of no commit that it names'],
    [
      'an analysis of another project',
      { task: [{ status: 'SUCCESS', componentKey: 'fine' }] },
      'undetermined',
      'of the project fine',
    ],
    ['an analysis that never ended', { task: ['CANCELED'] }, 'undetermined', 'CANCELED'],
    ['a project without a quality gate', { status: 'NONE' }, 'undetermined', 'no quality gate'],
    ['a quality gate without conditions', { conditions: [] }, 'undetermined', 'no quality gate with conditions'],
    ['a warning', { status: 'WARN' }, 'failed', 'WARN'],
    ['hotspots that nobody has reviewed', { hotspots: 1 }, 'failed', '1 security hotspot'],
    [
      'hotspots that nobody may ask for',
      { refuses: { 'api/hotspots/search': { status: 403 } } },
      'undetermined',
      'refuses the token',
    ],
  ])('%s', async (_, says, verdict, cause) => {
    sonar.says = says;
    expectNoPass(await stage.run(gate()), verdict, cause);
  });

  it('a commit that leaves its files out of the analysis', async () => {
    stage.commit({
      'sonar-project.properties': 'sonar.exclusions=**\nsonar.projectKey=fine\nsonar.qualitygate.wait=false\n',
    });
    await stage.run(gate());
    expect(sonar.submitted[0]?.project).toBe('acme');
    expect(sonar.submitted[0]?.properties).not.toHaveProperty(['sonar.exclusions']);
    expect(sonar.submitted[0]?.files).toContain('a.py');
  });

  it('files that another gate removed or mended first', async () => {
    await stage.run({ ...gateOf('run', { setup: [], run: 'rm a.py', environment: {} }), name: 'first' });
    await stage.run(gate());
    expect(sonar.submitted[0]?.files).toEqual(['a.py']);
  });
});
