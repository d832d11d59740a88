import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { findTemporal } from '../../../local/temporal/find';
import { waitFor } from '../../helpers/wait-for';

const guard = [process.execPath, path.resolve(__dirname, '../../../bin/guard.mjs')];
const nowhere = 'http://127.0.0.1:1';
let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-find-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cache = (): string => path.join(folder, 'cache', 'sluice');
const cli = (server = '1.29.1'): string => `#!/bin/sh\necho "temporal version 1.5.1 (Server ${server}, UI 2.42.1)"\n`;

function program(name: string, content: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}

/** Stands in for Go: writes down how it was called, leaves a read-only module cache, and builds what `builds` says. */
function fakeGo(builds: string): void {
  program('built', builds);
  program(
    'bin/go',
    `#!/bin/sh
echo "$@" >> ${folder}/go-calls; env > ${folder}/go-env
mkdir -p "$GOMODCACHE/module" "$GOBIN"; touch "$GOMODCACHE/module/file"; chmod -R a-w "$GOMODCACHE"
cp ${folder}/built "$GOBIN/temporal"
`,
  );
}

function find(env: Record<string, string> = {}, origin = nowhere, signal?: AbortSignal): Promise<string> {
  return findTemporal({
    guard,
    origin,
    onProgress: (line) => lines.push(line),
    env: { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, XDG_CACHE_HOME: `${folder}/cache`, ...env },
    ...(signal && { signal }),
  });
}

describe('finding the Temporal CLI', () => {
  it('takes the one that TEMPORAL_CLI_PATH names before the one on PATH', async () => {
    program('bin/temporal', cli());
    const named = program('mine', cli());
    expect(await find({ TEMPORAL_CLI_PATH: named })).toBe(named);
    expect(lines).toEqual([]);
  });

  it('takes the one on PATH before the one in the cache', async () => {
    const cached = program('cache/sluice/temporal', cli());
    expect(await find()).toBe(cached);
    const onPath = program('bin/temporal', cli());
    expect(await find()).toBe(onPath);
  });

  it.each([
    ['is not there', undefined],
    ['does not run `--version`', '#!/bin/sh\nexit 1\n'],
    ['brings server 1.20, older than 1.28', cli('1.20.3')],
    ['is not the Temporal CLI (it says "hello")', '#!/bin/sh\necho hello\n'],
  ])('passes over one that %s, and says so', async (why, content) => {
    const named = path.join(folder, 'mine');
    if (content !== undefined) program('mine', content);
    const onPath = program('bin/temporal', cli());
    expect(await find({ TEMPORAL_CLI_PATH: named })).toBe(onPath);
    expect(lines).toEqual([`passing over ${named}: it ${why}`]);
  });

  it('ignores a relative XDG_CACHE_HOME', async () => {
    const cached = program('.cache/sluice/temporal', cli());
    expect(await find({ XDG_CACHE_HOME: 'cache' })).toBe(cached);
  });
});

describe('downloading the Temporal CLI', () => {
  let server: http.Server;
  let asked: string[];

  async function serve(entry: string, content: string): Promise<string> {
    const archive = pack();
    archive.entry({ name: 'LICENSE' }, 'MIT');
    archive.entry({ name: entry }, content);
    archive.finalize();
    const bytes = gzipSync(await buffer(archive));
    asked = [];
    server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      const { port } = server.address() as AddressInfo;
      if (request.url === '/archive.tar.gz') return void response.end(bytes);
      response.end(
        JSON.stringify({ archiveUrl: `http://127.0.0.1:${port}/archive.tar.gz`, fileToExtract: 'temporal' }),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('puts the one that the download service names into the cache', async () => {
    const origin = await serve('temporal', cli());
    expect(await find({}, origin)).toBe(path.join(cache(), 'temporal'));
    expect(asked[0]).toMatch(/^\/cli\/v1\.5\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar\.gz$/);
    expect(readdirSync(cache())).toEqual(['temporal']);
    expect(lines).toEqual(['downloading the Temporal CLI v1.5.1, once']);
  });

  it.each([
    ['that does not run', 'temporal', '#!/bin/sh\nexit 1\n', 'what came does not run `--version`'],
    ['without the program', 'other', cli(), 'the archive has no file temporal'],
  ])('does not keep an archive %s', async (_, entry, content, reason) => {
    const origin = await serve(entry, content);
    program('bin/go', '#!/bin/sh\nexit 1\n');
    await expect(find({}, origin)).rejects.toThrow(`download from temporal.download: ${reason}`);
    expect(readdirSync(cache())).toEqual([]);
  });
});

describe('building the Temporal CLI with Go', () => {
  it('announces it, keeps the binary alone, and leaves nothing of what Go wrote', async () => {
    fakeGo(cli());
    expect(await find()).toBe(path.join(cache(), 'temporal'));
    expect(readFileSync(path.join(folder, 'go-calls'), 'utf8')).toBe(
      'install github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    );
    expect(lines.at(-1)).toMatch(/about 2\.5 minutes and 3\.5 GB of disk, once$/);
    expect(readdirSync(cache())).toEqual(['temporal']);
  });

  it('keeps Go inside the cache folder, and the rest of the environment out', async () => {
    fakeGo(cli());
    await find({ GOPROXY: 'https://proxy.example', GOFLAGS: '-mod=vendor', AWS_SECRET_ACCESS_KEY: 'secret' });
    const env = Object.fromEntries(
      readFileSync(path.join(folder, 'go-env'), 'utf8')
        .split('\n')
        .map((line) => line.split('=', 2)),
    ) as Record<string, string>;
    for (const name of ['HOME', 'TMPDIR', 'GOPATH', 'GOMODCACHE', 'GOCACHE', 'GOBIN'])
      expect(env[name]).toMatch(cache());
    expect(env).toMatchObject({ GOPROXY: 'https://proxy.example', GOFLAGS: '-modcacherw' });
    expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  it('clears what an installation left that was killed', async () => {
    fakeGo(cli());
    mkdirSync(path.join(cache(), 'go-install/modules/old'), { recursive: true });
    await find();
    expect(existsSync(path.join(cache(), 'go-install'))).toBe(false);
  });

  it('is done once when two ask together', async () => {
    fakeGo(cli());
    expect(await Promise.all([find(), find()])).toEqual([
      path.join(cache(), 'temporal'),
      path.join(cache(), 'temporal'),
    ]);
    expect(readFileSync(path.join(folder, 'go-calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('takes over from an installer that is gone', async () => {
    fakeGo(cli());
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    program('cache/sluice/install.lock', String(gone.pid));
    expect(await find()).toBe(path.join(cache(), 'temporal'));
  });

  it('stops when it is aborted, and leaves nothing', async () => {
    program('bin/go', `#!/bin/sh\necho started > ${folder}/started\nsleep 300\n`);
    const controller = new AbortController();
    const found = find({}, nowhere, controller.signal);
    await waitFor('the build', () => existsSync(path.join(folder, 'started')));
    controller.abort(new Error('interrupted'));
    await expect(found).rejects.toThrow('interrupted');
    expect(readdirSync(cache())).toEqual([]);
  });
});

it('says everything that was tried, and what to do, when there is no way to a CLI', async () => {
  program('bin/go', '#!/bin/sh\necho "module lookup failed" >&2\nexit 1\n');
  const named = path.join(folder, 'absent');
  const failure = await find({ TEMPORAL_CLI_PATH: named }).catch((error: unknown) => error as Error);
  expect((failure as Error).message.split('\n')).toEqual([
    'No Temporal CLI could be found or installed. Tried:',
    `  - TEMPORAL_CLI_PATH: ${named} is not there`,
    '  - PATH: no `temporal` there',
    `  - cache: ${cache()}/temporal is not there`,
    expect.stringMatching(/^ {2}- download from temporal\.download: fetch failed/),
    '  - go install: module lookup failed',
    'Install it (https://docs.temporal.io/cli#install) and put it on PATH, or name it in TEMPORAL_CLI_PATH.',
  ]);
});
