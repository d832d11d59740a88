import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { packLayer } from '../../../activities/image/pack/layer';
import { composeImage } from '../../../activities/image/pack/oci';
import { selectFiles } from '../../../activities/image/pack/select-files';
import { digestOf } from '../../../activities/image/registry/digest';
import type { PackBuild } from '../../../model/plan';

const COMMIT = 'c'.repeat(40);
const build: PackBuild = {
  builder: 'pack',
  files: ['src/**', 'package.json'],
  exclude: ['**/*.test.js'],
  workdir: '/srv/app',
  command: ['node', 'src/server.js'],
  environment: { COMMIT_SHA: '${commit}', PORT: '8080' },
  platform: 'linux/amd64',
};

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'sluice-pack-'))));
afterEach(() => rmSync(directory, { recursive: true }));

/** Writes files by path; a value that starts with `-> ` is a link. */
function checkout(name: string, files: Record<string, string>): string {
  const root = join(directory, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(root, path));
    else writeFileSync(join(root, path), content);
  }
  return root;
}

const sources = {
  'package.json': '{}',
  'src/server.js': 'serve()',
  'src/lib/b.js': 'b',
  'src/lib/a.js': 'a',
  'src/lib/.hidden': 'h',
  'src/lib/a.test.js': 'test',
  'src/current.js': '-> lib/a.js',
  '.git/config': 'secret',
  'README.md': 'read me',
};

describe('selecting files', () => {
  it('takes what the globs name, less what is excluded, in byte order', async () => {
    expect(await selectFiles(checkout('a', sources), build.files, build.exclude)).toEqual([
      { path: 'package.json' },
      { path: 'src/current.js', linkTo: 'lib/a.js' },
      { path: 'src/lib/.hidden' },
      { path: 'src/lib/a.js' },
      { path: 'src/lib/b.js' },
      { path: 'src/server.js' },
    ]);
  });

  it('never takes .git', async () => {
    const files = await selectFiles(checkout('a', sources), ['**'], []);
    expect(files.map(({ path }) => path).filter((path) => path.includes('.git'))).toEqual([]);
  });

  it('names the globs when nothing matches', async () => {
    await expect(selectFiles(checkout('a', sources), ['dist/**', 'lib/*.js'], ['x'])).rejects.toMatchObject({
      name: 'ImageBuild',
      message: 'No file of the commit matches image.files (dist/**, lib/*.js) without image.exclude (x).',
    });
  });

  it.each([
    ['an absolute link', { 'src/x': '-> /etc/passwd' }],
    ['a link above the checkout', { 'src/x': '-> ../../other' }],
    ['a link that leads out through another link', { up: '-> ..', 'src/x': '-> ../up/other', '../other': 'o' }],
  ])('refuses %s', async (_, files) => {
    await expect(selectFiles(checkout('a', files), ['src/**'], [])).rejects.toMatchObject({
      name: 'ImageBuild',
      message: expect.stringContaining('src/x points out of the commit') as string,
    });
  });
});

describe('the layer', () => {
  const layerOf = async (root: string, name: string) => {
    const files = await selectFiles(root, build.files, build.exclude);
    const path = join(directory, name);
    return { path, ...(await packLayer(root, files, build.workdir, path, new AbortController().signal)) };
  };

  it('is the same whatever the times, the umask and the order of writing', async () => {
    const one = checkout('one', sources);
    const two = checkout('two', Object.fromEntries(Object.entries(sources).reverse()));
    utimesSync(join(two, 'src/server.js'), 1, 1);
    await chmod(join(two, 'src/server.js'), 0o600);
    const [first, second] = [await layerOf(one, '1.tgz'), await layerOf(two, '2.tgz')];
    expect(second.digest).toBe(first.digest);
    expect(second.diffId).toBe(first.diffId);
  });

  it.each([
    ['content', (root: string) => writeFile(join(root, 'src/server.js'), 'serve(2)')],
    ['an executable bit', (root: string) => chmod(join(root, 'src/server.js'), 0o755)],
    ['a name', (root: string) => writeFile(join(root, 'src/new.js'), '')],
  ])('is another one after a change of %s', async (_, change) => {
    const root = checkout('a', sources);
    const before = await layerOf(root, '1.tgz');
    await change(root);
    expect((await layerOf(root, '2.tgz')).digest).not.toBe(before.digest);
  });

  it('holds directories, files and links without owners and times', async () => {
    const longName = 'src/'.padEnd(120, 'ü');
    const root = checkout('a', { 'package.json': '{}', [longName]: 'long', 'src/run.sh': '', 'src/l': '-> run.sh' });
    await chmod(join(root, 'src/run.sh'), 0o700);
    const layer = await layerOf(root, '1.tgz');
    const bytes = await readFile(layer.path);
    expect(digestOf(bytes)).toBe(layer.digest);
    expect(bytes.length).toBe(layer.size);
    const tar = gunzipSync(bytes);
    expect(digestOf(tar)).toBe(layer.diffId);

    const entries: unknown[] = [];
    for await (const entry of Readable.from([tar]).pipe(extract())) {
      const { name, type, mode, linkname, uid, gid, mtime } = entry.header;
      entries.push([name, type, mode.toString(8), linkname]);
      expect([uid, gid, mtime.getTime()]).toEqual([0, 0, 0]);
      entry.resume();
    }
    expect(entries).toEqual([
      ['srv/', 'directory', '755', null],
      ['srv/app/', 'directory', '755', null],
      ['srv/app/src/', 'directory', '755', null],
      ['srv/app/package.json', 'file', '644', null],
      ['srv/app/src/l', 'symlink', '777', 'run.sh'],
      ['srv/app/src/run.sh', 'file', '755', null],
      [`srv/app/${longName}`, 'file', '644', null],
    ]);
  });
});

describe('config and manifest', () => {
  const layer = { digest: `sha256:${'1'.repeat(64)}`, size: 5, diffId: `sha256:${'2'.repeat(64)}` };
  const read = (bytes: Buffer) => JSON.parse(bytes.toString()) as Record<string, unknown>;

  it('say what to run and which commit it is', () => {
    const { config, manifest } = composeImage(build, COMMIT, layer);
    expect(read(config)).toEqual({
      created: '1970-01-01T00:00:00Z',
      architecture: 'amd64',
      os: 'linux',
      config: {
        Env: [`COMMIT_SHA=${COMMIT}`, 'PORT=8080'],
        Cmd: ['node', 'src/server.js'],
        WorkingDir: '/srv/app',
        Labels: { 'org.opencontainers.image.revision': COMMIT },
      },
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'sluice pack' }],
    });
    expect(read(manifest.bytes)).toMatchObject({
      config: { digest: digestOf(config), size: config.length },
      layers: [{ digest: layer.digest, size: layer.size }],
      annotations: { 'org.opencontainers.image.revision': COMMIT },
    });
  });

  it('are the same bytes for the same input, and others for another commit', () => {
    const digest = (commit: string) => composeImage(build, commit, layer).manifest.digest;
    expect(digest(COMMIT)).toBe(digest(COMMIT));
    expect(digest('d'.repeat(40))).not.toBe(digest(COMMIT));
  });

  it('keep what the base says and the release does not', () => {
    const base = {
      config: {
        architecture: 'amd64',
        os: 'linux',
        variant: 'kept',
        config: {
          Env: ['PATH=/bin', 'PORT=1'],
          Entrypoint: ['tini'],
          User: '7',
          Labels: { a: 'b' },
          StopSignal: 'SIGINT',
        },
        rootfs: { type: 'layers', diff_ids: ['sha256:base'] },
        history: [{ created_by: 'base' }],
      },
      layers: [{ mediaType: 'x', digest: 'sha256:base-layer', size: 1 }],
    };
    const { config, manifest } = composeImage(build, COMMIT, layer, base);
    expect(read(config)).toMatchObject({
      variant: 'kept',
      config: {
        Env: ['PATH=/bin', 'PORT=8080', `COMMIT_SHA=${COMMIT}`],
        Entrypoint: ['tini'],
        User: '7',
        Labels: { a: 'b', 'org.opencontainers.image.revision': COMMIT },
        StopSignal: 'SIGINT',
      },
      rootfs: { diff_ids: ['sha256:base', layer.diffId] },
    });
    expect(read(manifest.bytes)).toMatchObject({ layers: [{ digest: 'sha256:base-layer' }, { digest: layer.digest }] });
  });
});
