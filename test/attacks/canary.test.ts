import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { activitiesOn } from '../../bin/activities';
import { releasesOf } from '../../client/releases';
import { outcomeOf } from '../e2e/stage/stage';
import { openRepository } from '../e2e/stage/repository';
import { credentialsIn, filesBelow, textsIn } from '../helpers/credential-search';
import { startTestServer } from '../helpers/temporal';
import type { TestServer } from '../helpers/temporal';

const OF_WORKER = 'canary-of-the-worker-1357';
const OF_GATE = 'canary-of-the-gate-2468';
// Put together here, so that this file is no finding of a scanner.
const OF_REPOSITORY = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');

const RELEASE_FILE = `
project: shop
on-gate-failure: run-all
gates:
  prints:
    setup: [env, cat leak.js]
    run: "env; cat leak.js; printf %s $NPM_TOKEN | base64; echo \\"<testsuite><testcase name='$NPM_TOKEN'><failure/></testcase></testsuite>\\" > r.xml; exit 1"
    junit: r.xml
    secrets: [NPM_TOKEN]
  breaks-off: { run: 'cat leak.js; env >&2; kill -KILL $$' }
  no-setup: { setup: 'cat leak.js; echo $NPM_TOKEN; exit 3', run: 'true', secrets: [NPM_TOKEN] }
  secrets: { uses: secretlint }
image: { repository: shop, builder: pack, files: ['**'], command: [node, server.js] }
environments: { production: { region: eu-west-1, cluster: main, services: { api: { health: { digest: true } } } } }
`;

let directory: string;
let server: TestServer;
const before = { ...process.env };

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-canary-'));
  server = await startTestServer();
  Object.assign(process.env, {
    AWS_SECRET_ACCESS_KEY: OF_WORKER,
    TEMPORAL_API_KEY: OF_WORKER,
    SLUICE_SECRET_NPM_TOKEN: OF_GATE,
    SLUICE_SECRET_OTHER_TOKEN: OF_WORKER,
  });
  await server.work(activitiesOn(path.join(directory, 'worker')));
});

afterAll(async () => {
  process.env = before;
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Every history, description, memo, search attribute and status of the server, as text. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  for await (const each of server.client.workflow.list()) {
    const handle = server.client.workflow.getHandle(each.workflowId, each.runId);
    texts.push(textsIn(await handle.fetchHistory()), textsIn((await handle.describe()).raw), JSON.stringify(each.memo));
    texts.push(JSON.stringify(await handle.query('status')), JSON.stringify(each.typedSearchAttributes));
  }
  return texts.join('\n');
}

it('what a worker, a gate and a repository keep secret is in no history, log, memo, status or search attribute', async () => {
  const repository = await openRepository(path.join(directory, 'shop'));
  const commit = await repository.commit({
    'release.yml': RELEASE_FILE,
    'leak.js': `const token = '${OF_REPOSITORY}';\n`,
  });
  const releases = releasesOf(server.client);
  const started = await releases.start({
    ...{ purpose: 'check', project: 'shop', repository: repository.path, commit },
    ...{ environments: [], event: 'manual', actor: 'ann@example.com' },
  });
  expect(await outcomeOf(releases, started)).toMatchObject({ outcome: 'gate-failed' });
  const { gates } = await releases.status(started);
  expect(gates.map(({ gate, state }) => [gate, state])).toEqual([
    ['prints', 'failed'],
    ['breaks-off', 'undetermined'],
    ['no-setup', 'undetermined'],
    ['secrets', 'failed'],
  ]);

  const said = await everything();
  const logs = await filesBelow(path.join(directory, 'worker', 'logs'));
  expect(said).toContain('1 of 1 test failed: ***');
  expect(logs).toHaveLength(4);
  const inBase64 = Buffer.from(OF_GATE).toString('base64').slice(0, -4);
  for (const text of [said, ...logs.map((log) => log.text)])
    expect(credentialsIn(text, [OF_WORKER, OF_GATE, OF_REPOSITORY, inBase64])).toEqual([]);
});
