import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openHarness } from '../harness';
import type { Harness } from '../harness';
import { ARCHITECTURE, imageOf, layerOf, OCI_INDEX, OCI_MANIFEST, repositoryOf, sha256, simpleImage } from '../images';
import type { Layer, TarEntry } from '../images';

let local: Harness;
let repository: Awaited<ReturnType<typeof repositoryOf>>;
let outside: string;
beforeAll(async () => {
  local = await openHarness();
  repository = await repositoryOf(local, 'shop/api');
  outside = await mkdtemp(join(tmpdir(), 'outside-'));
});
afterAll(async () => {
  await rm(outside, { recursive: true });
  await local.close();
});

async function unpack(...layers: (TarEntry[] | Layer)[]): Promise<string> {
  const image = imageOf(await Promise.all(layers.map(async (layer) => ('blob' in layer ? layer : layerOf(layer)))));
  await repository.push(image);
  return local.core.images.unpack(`${repository.uri}@${image.digest}`);
}

/** All paths below a directory, with what regular files hold. */
async function tree(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isFile()) found[name] = await readFile(path, 'utf8');
    if (entry.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
  }
  return found;
}

describe('resolve', () => {
  it('answers digest and config by tag and by digest', async () => {
    const image = await simpleImage();
    await repository.push(image, 'v1');
    const expected = { digest: image.digest, config: { architecture: ARCHITECTURE, config: { Cmd: ['/run'] } } };
    for (const reference of [':v1', `@${image.digest}`, `:other@${image.digest}`]) {
      expect(await local.core.images.resolve(`${repository.uri}${reference}`)).toMatchObject(expected);
    }
  });

  it('takes the image for this machine out of an index', async () => {
    const layer = await layerOf([{ name: 'run' }]);
    const mine = imageOf([layer], { cmd: ['/mine'] });
    const foreign = imageOf([layer], { architecture: 'riscv64', cmd: ['/foreign'] });
    await repository.push(mine);
    await repository.push(foreign);
    const entry = (digest: string, architecture: string) => ({
      mediaType: OCI_MANIFEST,
      digest,
      platform: { os: 'linux', architecture },
    });
    const manifests = [entry(foreign.digest, 'riscv64'), entry(mine.digest, ARCHITECTURE)];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
    await repository.putManifest('multi', index, OCI_INDEX);
    expect(await local.core.images.resolve(`${repository.uri}:multi`)).toMatchObject({
      digest: sha256(index),
      config: { config: { Cmd: ['/mine'] } },
    });
  });

  it.each([
    'shop/api:v1',
    'docker.io/shop/api:v1',
    'HOST/shop/none:v1',
    'HOST/shop/api:none',
    `HOST/shop/api@sha256:${'0'.repeat(64)}`,
    'nonsense',
  ])('answers nothing for %s', async (image) => {
    expect(await local.core.images.resolve(image.replace('HOST', local.core.registryHost))).toBeUndefined();
  });
});

describe('unpack', () => {
  it('lays layers over each other, plain and gzipped', async () => {
    const plain = await layerOf([{ name: 'etc/version', content: '2' }], { gzip: false });
    const root = await unpack(
      [
        { name: 'bin', type: 'directory' },
        { name: 'bin/run', content: 'run', mode: 0o755 },
        { name: 'etc/version', content: '1' },
      ],
      plain,
    );
    expect(await tree(root)).toEqual({ 'bin/run': 'run', 'etc/version': '2' });
    expect((await stat(join(root, 'bin/run'))).mode & 0o777).toBe(0o755);
    expect(root).toMatch(/images\/sha256-[0-9a-f]{64}\/rootfs$/);
  });

  it('applies whiteouts to lower layers only', async () => {
    const root = await unpack(
      [
        { name: 'a/kept', content: '1' },
        { name: 'a/gone', content: '1' },
        { name: 'b/gone', content: '1' },
        { name: 'b/sub/gone', content: '1' },
        { name: 'c/gone', content: '1' },
      ],
      [
        { name: 'a/.wh.gone' },
        { name: 'b/sub/new', content: '2' },
        { name: 'b/.wh..wh..opq' },
        { name: 'b/added', content: '2' },
        { name: '.wh.c' },
      ],
    );
    expect(await tree(root)).toEqual({ 'a/kept': '1', 'b/sub/new': '2', 'b/added': '2' });
  });

  it('replaces files by directories and links, and the other way round', async () => {
    const root = await unpack(
      [
        { name: 'one', content: 'file' },
        { name: 'two/inside', content: 'x' },
        { name: 'three', content: 'file' },
      ],
      [
        { name: 'one', type: 'directory' },
        { name: 'one/inside', content: 'new' },
        { name: 'two', content: 'now a file' },
        { name: 'three', type: 'symlink', linkname: 'two' },
        { name: 'four', type: 'link', linkname: 'two' },
      ],
    );
    expect(await tree(root)).toEqual({ 'one/inside': 'new', two: 'now a file', three: '-> two', four: 'now a file' });
  });

  it('follows links of the image inside the image, absolute ones too', async () => {
    const root = await unpack(
      [
        { name: 'usr/lib/old', content: '1' },
        { name: 'lib', type: 'symlink', linkname: '/usr/lib' },
      ],
      [{ name: 'lib/new', content: '2' }],
    );
    expect(await tree(root)).toEqual({ 'usr/lib/old': '1', 'usr/lib/new': '2', lib: '-> usr/lib' });
    expect(await readFile(join(root, 'lib/new'), 'utf8')).toBe('2');
  });

  it('writes nothing outside of the root, by no road', async () => {
    await writeFile(join(outside, 'victim'), 'untouched');
    const up = '../'.repeat(20);
    const root = await unpack(
      [
        { name: `${up}${outside}/by-dots`, content: 'x' },
        { name: `${outside}/by-absolute-name`, content: 'x' },
        { name: 'absolute', type: 'symlink', linkname: outside },
        { name: 'relative', type: 'symlink', linkname: `${up}${outside}` },
        { name: 'a/b/c', type: 'directory' },
        { name: 'deep', type: 'symlink', linkname: 'a/b/c' },
        { name: 'indirect', type: 'symlink', linkname: `deep/../../../../../../../../..${outside}` },
      ],
      [
        { name: 'absolute/by-link', content: 'x' },
        { name: 'relative/by-relative-link', content: 'x' },
        { name: 'indirect/by-indirect-link', content: 'x' },
        { name: `absolute/.wh.victim` },
        { name: `${up}${outside}/.wh.victim` },
      ],
    );
    expect(await tree(outside)).toEqual({ victim: 'untouched' });
    for (const link of ['absolute', 'relative', 'indirect']) {
      expect(join(root, await readlink(join(root, link))).startsWith(`${root}/`)).toBe(true);
    }
    await expect(unpack([{ name: 'steal', type: 'link', linkname: join(outside, 'victim') }])).rejects.toThrow(
      'ENOENT',
    );
  });

  it('leaves a loop of links, devices and set-user-id bits out', async () => {
    await expect(
      unpack([{ name: 'loop', type: 'symlink', linkname: 'loop' }], [{ name: 'loop/x', content: 'x' }]),
    ).rejects.toThrow('too many links on the way to loop/x');
    const root = await unpack([
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'su', content: 'x', mode: 0o4755 },
    ]);
    expect(await readdir(root)).toEqual(['su']);
    expect((await lstat(join(root, 'su'))).mode & 0o7777).toBe(0o755);
  });

  it('happens once, also when asked for at the same time', async () => {
    const image = await simpleImage('once');
    await repository.push(image);
    const reference = `${repository.uri}@${image.digest}`;
    const [one, two] = await Promise.all([local.core.images.unpack(reference), local.core.images.unpack(reference)]);
    expect(one).toBe(two);
    await writeFile(join(one, 'mark'), 'still here');
    await local.core.images.unpack(reference);
    expect(await tree(one)).toEqual({ run: 'once', mark: 'still here' });
  });

  it('leaves nothing behind when a layer is broken', async () => {
    const good = await layerOf([{ name: 'run', content: 'x'.repeat(5_000) }]);
    const cut = { blob: good.blob.subarray(0, good.blob.length - 20), diffId: good.diffId };
    const lying = { ...good, diffId: sha256(Buffer.from('something else')) };
    const whole = await unpack([{ name: 'reference' }]);
    const before = await readdir(dirname(dirname(whole)));
    await expect(unpack(cut)).rejects.toThrow('unexpected end of file');
    await expect(unpack(lying)).rejects.toThrow("a layer's content is sha256:");
    expect(await readdir(dirname(dirname(whole)))).toEqual(before);
  });

  it('says that an image is not there', async () => {
    await expect(local.core.images.unpack(`${repository.uri}:never`)).rejects.toThrow(
      `${repository.uri}:never: not found`,
    );
  });
});
