import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../bin/root';
import { INSTALL_LIMIT_MS } from '../compose/stage/go-tools';
import { WORKFLOWS } from './stage/files';
import type { Linters } from './stage/linters';
import { linters } from './stage/linters';

const CLEAN = { exitCode: 0, findings: '' };
const repositories = [...new Set(WORKFLOWS.map(({ repository }) => repository))];
let lint: Linters;
let scratch: string;

beforeAll(async () => {
  lint = await linters();
}, INSTALL_LIMIT_MS);
beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'sluice-workflows-'));
});
afterEach(() => rm(scratch, { recursive: true }));

/** A repository with the workflows of `repository`, changed, beside our action. */
async function copyOf(repository: string, change: (text: string) => string): Promise<string> {
  await mkdir(path.join(scratch, '.git'));
  await cp(path.join(PACKAGE_ROOT, 'action.yml'), path.join(scratch, 'action.yml'));
  await cp(path.join(PACKAGE_ROOT, 'client/action/bundle.cjs'), path.join(scratch, 'client/action/bundle.cjs'));
  for (const { file, text } of WORKFLOWS.filter((one) => one.repository === repository)) {
    const target = path.join(scratch, path.relative(repository, file));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, change(text));
  }
  return scratch;
}

describe.each(repositories)('the workflows of %s', (repository) => {
  it('actionlint and shellcheck find nothing, also not in how they use action.yml', async () => {
    const ours = (text: string): string => text.replaceAll(/uses: OWNER\/sluice@0{40}/g, 'uses: ./');
    expect(await lint.actionlint(await copyOf(repository, ours))).toEqual(CLEAN);
  });

  it('zizmor finds nothing', async () => {
    expect(await lint.zizmor(path.join(PACKAGE_ROOT, repository, '.github'))).toEqual(CLEAN);
  });
});

it('zizmor finds nothing in action.yml', async () => {
  expect(await lint.zizmor(path.join(PACKAGE_ROOT, 'action.yml'))).toEqual(CLEAN);
});

describe('these linters would find', () => {
  const shop = 'examples/shop-api';
  const orders = 'examples/orders-py';

  it('an input that action.yml does not have', async () => {
    const folder = await copyOf(shop, (text) =>
      text.replaceAll(/uses: OWNER\/sluice@0{40}/g, 'uses: ./').replace(/^ +on-cancel:/m, '          on-stop:'),
    );
    const { findings } = await lint.actionlint(folder);
    expect(findings).toContain('input "on-stop" is not defined in action "Sluice"');
  });

  it('a key of `concurrency` that nobody knows', async () => {
    const folder = await copyOf(orders, (text) => text.replace(/^ +queue: max/m, '      wait: max'));
    expect((await lint.actionlint(folder)).findings).toContain('unexpected key "wait"');
  });

  it('a variable that a shell would split', async () => {
    const folder = await copyOf(orders, (text) => text.replace('"$COMMIT"', '$COMMIT'));
    expect((await lint.actionlint(folder)).findings).toContain('SC2086');
  });

  it.each([
    ['an expression in a shell line', '"$COMMIT"', '${{ github.head_ref }}', 'template-injection'],
    ['a token left behind', 'persist-credentials: false', 'lfs: false', 'artipacked'],
    ['a tag in place of a commit', /checkout@[0-9a-f]{40} # v7.0.1/, 'checkout@v7', 'unpinned-uses'],
    ['a right for everything', 'permissions: {}', 'permissions: write-all', 'excessive-permissions'],
    ['the rights of main for strangers', 'pull_request:', 'pull_request_target:', 'dangerous-triggers'],
  ])('%s', async (_what, find, replace, audit) => {
    const folder = await copyOf(orders, (text) => text.replace(find, replace));
    const { exitCode, findings } = await lint.zizmor(path.join(folder, '.github'));
    expect(exitCode).not.toBe(0);
    expect(findings).toContain(`[${audit}]`);
  });
});
