import type { Purpose } from '../../model/plan';
import { outcomeOf } from '../e2e/stage/stage';
import { waitFor } from '../helpers/wait-for';
import { filler, linesIn } from './python/coverage';
import type { Lines } from './python/coverage';
import { openOrders } from './python/orders';
import type { Orders } from './python/orders';
import { command, leftovers } from './stage/docker';

/** Three times pip installs pytest, and three images are built. */
const FOR_ALL_MS = 300_000;
const TOTAL = 1_000;

let orders: Orders;
/** The example as it stands; what runs before the first release. */
let first: string;
/** What its gate counted. */
let lines: Lines;

beforeAll(async () => {
  orders = await openOrders();
  first = await orders.repository.git('rev-parse', 'HEAD');
  await orders.deployByHand(first);
  await waitFor('the service answers', async () => (await orders.ask('/version'))[0] === 200);
}, FOR_ALL_MS);
afterAll(async () => {
  const { registryHost } = orders;
  await orders.close();
  expect(await leftovers(registryHost)).toEqual([]);
}, FOR_ALL_MS);

async function release(commit: string, purpose: Purpose = 'release') {
  const started = await orders.releases.start({
    ...{ purpose, project: 'orders-py', repository: orders.repository.path, commit },
    ...{ environments: [], event: 'manual', actor: 'ann@example.com' },
  });
  const outcome = await outcomeOf(orders.releases, started);
  const { gates } = await orders.releases.status(started);
  return { outcome, gates, tests: gates.find(({ gate }) => gate === 'tests') };
}

/** Of the containers that run an image by its digest. */
async function containersOf(digest: string): Promise<{ Path: string; Args: string[]; User: string }[]> {
  const ids = (await command('docker', ['ps', '--quiet', '--no-trunc'])).split('\n').filter(Boolean);
  const inspected = await Promise.all(ids.map((id) => command('docker', ['inspect', id]).catch(() => '[]')));
  return inspected
    .flatMap((text) => JSON.parse(text) as { Path: string; Args: string[]; Config: { Image: string; User: string } }[])
    .filter(({ Config }) => Config.Image.endsWith(`@${digest}`))
    .map(({ Path, Args, Config }) => ({ Path, Args, User: Config.User }));
}

it(
  'the example as it stands passes its gates and builds, and a check of it pushes nothing',
  async () => {
    const before = orders.callCount();
    const { outcome, gates, tests } = await release(first, 'check');
    expect(outcome).toMatchObject({ outcome: 'checked' });
    expect(gates.map(({ gate, state }) => [gate, state])).toEqual([
      ['tests', 'passed'],
      ['packages', 'passed'],
      ['secrets', 'passed'],
      ['quality', 'passed'],
    ]);
    expect(orders.sonar.submitted).toMatchObject([
      {
        project: 'acme_orders-py',
        revision: first,
        coverage: expect.stringContaining('filename="orders.py"') as string,
      },
    ]);
    lines = linesIn(tests!.cause);
    expect(orders.writesSince(before)).toEqual([]);
  },
  FOR_ALL_MS,
);

it(
  'at 79.9 % it ends gate-failed: nothing is in the registry, and the service is untouched',
  async () => {
    const commit = await orders.repository.commit(filler(lines, { covered: 799, total: TOTAL }));
    const before = orders.callCount();
    const { outcome, tests } = await release(commit);
    expect(outcome).toMatchObject({
      outcome: 'gate-failed',
      cause: expect.stringMatching(
        /coverage 79\.90 % of lines \(799 of 1000 in \d+ files\) is under the floor of 80 %/,
      ) as string,
    });
    expect(tests?.state).toBe('failed');
    expect(orders.sonar.submitted).toHaveLength(1); // nothing of this commit
    expect(await orders.tags()).toEqual([first]);
    expect(orders.writesSince(before)).toEqual([]);
    expect(await orders.ask('/version')).toEqual([200, { commit: first }]);
  },
  FOR_ALL_MS,
);

it(
  'at 80 % it is released: a container of the image that its Dockerfile made answers through the load balancer',
  async () => {
    const commit = await orders.repository.commit(filler(lines, { covered: 800, total: TOTAL }));
    const { outcome, tests } = await release(commit);
    expect(outcome).toMatchObject({ outcome: 'released' });
    expect(tests?.cause).toMatch(/coverage 80\.00 % of lines \(800 of 1000 in \d+ files\), floor 80 %$/);
    expect((await orders.tags()).sort()).toEqual([commit, first].sort());
    expect(await orders.ask('/version')).toEqual([200, { commit }]);
    expect(await containersOf(outcome.digest!)).toEqual([{ Path: 'python', Args: ['-m', 'app'], User: '10001:10001' }]);
    expect(await command('docker', ['image', 'ls', '--format', '{{.Tag}}', 'sluice-build'])).not.toContain(commit);
  },
  FOR_ALL_MS,
);
