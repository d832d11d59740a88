import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { realpathSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRoot } from '../../../local/containers/language-roots';
import { stageRootfs } from '../../../local/containers/rootfs';

const onLinux = process.platform === 'linux' ? it : it.skip;

let folder: string;
let root: string;
beforeEach(() => {
  // As the system names it: links on the way to it would be recreated as well.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rootfs-test-')));
  root = join(folder, 'root');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Where a path leads inside the staged root, whose links mean the root and not this machine. */
function inside(path: string): string {
  let at = '/';
  const left = path.split('/').filter((name) => name !== '');
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const next = join(at, name);
    if (!lstatSync(join(root, next)).isSymbolicLink()) at = next;
    else {
      const target = readlinkSync(join(root, next));
      left.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
      if (target.startsWith('/')) at = '/';
    }
  }
  return join(root, at);
}

const same = (one: string, other: string): boolean => readFileSync(one).equals(readFileSync(other));

const mode = (path: string): number => statSync(join(root, path)).mode & 0o7777;

onLinux('a program is there with its libraries and its loader, at the paths of this machine', async () => {
  await stageRootfs(root, { programs: ['/bin/sh'] });
  expect(same(inside('/bin/sh'), '/bin/sh')).toBe(true);
  expect(statSync(inside('/bin/sh')).mode & 0o777).toBe(0o755);
  const needed = [...execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)];
  expect(needed.length).toBeGreaterThan(0);
  for (const [, library = ''] of needed) expect(same(inside(library), library)).toBe(true);
});

onLinux('this Node is found by its usual name', async () => {
  await stageRootfs(root, nodeRoot());
  const found = ['/usr/local/bin/node', '/usr/bin/node'].filter(
    (path) => existsSync(join(root, path)) || hasLink(path),
  );
  expect(found).not.toEqual([]);
  expect(statSync(inside(found[0]!)).size).toBe(statSync(process.execPath).size);
});

const hasLink = (path: string): boolean => lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;

onLinux('links stay links, and bring what they lead to, also from outside a folder', async () => {
  const [lib, other] = [join(folder, 'lib'), join(folder, 'other')];
  for (const each of [lib, other]) mkdirSync(each);
  writeFileSync(join(lib, 'real'), 'real');
  writeFileSync(join(other, 'far'), 'far');
  symlinkSync('real', join(lib, 'near'));
  symlinkSync(join(other, 'far'), join(lib, 'away'));
  symlinkSync('../other', join(lib, 'folder'));
  await stageRootfs(root, { programs: [], folders: [{ path: lib }], links: { '/opt/bin/it': join(lib, 'real') } });
  expect(readlinkSync(join(root, lib, 'near'))).toBe('real');
  expect(readlinkSync(join(root, lib, 'folder'))).toBe('../other');
  for (const name of ['near', 'real']) expect(readFileSync(inside(join(lib, name)), 'utf8')).toBe('real');
  expect(readFileSync(inside(join(lib, 'away')), 'utf8')).toBe('far');
  expect(readFileSync(inside('/opt/bin/it'), 'utf8')).toBe('real');
});

onLinux('what is not wanted of a folder stays out, with all below it; times and the right to run stay', async () => {
  const lib = join(folder, 'lib');
  mkdirSync(join(lib, 'test/deep'), { recursive: true });
  for (const name of ['kept', 'tool', 'test/deep/file']) writeFileSync(join(lib, name), name);
  chmodSync(join(lib, 'kept'), 0o600);
  chmodSync(join(lib, 'tool'), 0o700);
  utimesSync(join(lib, 'kept'), 1_000, 1_000);
  await stageRootfs(root, { programs: [], folders: [{ path: lib, without: (relative) => relative === 'test' }] });
  expect(existsSync(join(root, lib, 'test'))).toBe(false);
  expect([mode(join(lib, 'kept')), mode(join(lib, 'tool'))]).toEqual([0o644, 0o755]);
  expect(statSync(join(root, lib, 'kept')).mtimeMs).toBe(1_000_000);
});

onLinux('everybody may enter it and write to /tmp, also where the folder was made for its owner alone', async () => {
  mkdirSync(root, { mode: 0o700 });
  await stageRootfs(root, { programs: ['/bin/sh'] });
  expect([mode('.'), mode('usr'), mode('etc'), mode('tmp')]).toEqual([0o755, 0o755, 0o755, 0o1777]);
  expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^root:x:0:0:.*\nnobody:x:65534:/);
});

onLinux('a program that is not there is said', async () => {
  await expect(stageRootfs(root, { programs: ['/bin/no-such-shell'] })).rejects.toThrow('/bin/no-such-shell');
});

it('it is for Linux', async () => {
  const platform = process.platform;
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  const refused = expect(stageRootfs(root, nodeRoot())).rejects.toThrow('only be staged on Linux, and this is darwin.');
  Object.defineProperty(process, 'platform', { value: platform });
  await refused;
});
