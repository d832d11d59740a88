import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GUARD } from '../../bin/root';
import type { ImageInput } from '../../model/image';
import { dockerfileBuild, input, openHarness } from '../activities/image/harness';
import type { Harness } from '../activities/image/harness';
import { processesWith } from '../faults/stage/processes';
import { waitFor } from '../helpers/wait-for';
import { buildKitEnvironment, openBuildah, openDocker } from './python/tool-bench';
import type { ToolBench } from './python/tool-bench';

const BUILD_WITHIN_MS = 60_000;
const BUILDER_PROCESS = path.join(__dirname, 'python', 'builder-process.cjs');

interface Builder {
  name: string;
  open: (workDir: string) => Promise<ToolBench>;
  /** What tells the builder from others of the same tool; undefined where this machine has none such. */
  environment: () => Promise<Record<string, string> | undefined>;
  /** How its log begins. */
  says: RegExp;
}

const BUILDERS: Builder[] = [
  {
    name: 'docker, without BuildKit',
    open: openDocker,
    environment: async () => ({ DOCKER_BUILDKIT: '0' }),
    says: /^Step 1\//,
  },
  { name: 'docker, with BuildKit', open: openDocker, environment: buildKitEnvironment, says: /^#1 / },
  { name: 'buildah', open: openBuildah, environment: async () => ({}), says: /^STEP 1\// },
];

describe.each(BUILDERS)('$name', ({ open, environment, says }) => {
  let harness: Harness;
  let bench: ToolBench;
  let repository: string;
  let commit: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const found = await environment();
    if (found === undefined) throw new Error('no docker on PATH can use BuildKit: install its plugin buildx');
    harness = await openHarness();
    closing.push(() => harness.close());
    Object.assign(process.env, found, { AWS_ENDPOINT_URL: harness.core.endpoint });
    bench = await open(path.join(harness.directory, 'work'));
    closing.push(() => bench.close());
  }, 120_000);
  afterAll(async () => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  });
  beforeEach(async () => {
    commit = randomBytes(20).toString('hex');
    repository = `shop-${commit.slice(0, 8)}`;
    await harness.createRepository(repository);
  });
  afterEach(() => harness.core.faults.clear());

  const dockerfile = (...lines: string[]): void => {
    harness.files['Dockerfile'] = [`FROM ${bench.base}`, ...lines].join('\n');
  };
  const given = (changes: Partial<ImageInput> = {}): ImageInput => {
    const build = { ...dockerfileBuild, builder: bench.builder };
    const { image, ...rest } = input(build, { commit, workspace: repository });
    return { image: { ...image, repository, timeoutMs: BUILD_WITHIN_MS }, ...rest, ...changes };
  };
  const build = (changes?: Partial<ImageInput>) => harness.run(harness.activities().buildImage, given(changes));
  const log = () => readFileSync(path.join(harness.logDir, `${repository}-image.log`), 'utf8');
  const uploads = () => harness.core.calls({ service: 'registry' }).filter(({ action }) => /PUT|POST/.test(action));
  /** A command that nobody else runs, and that does not end by itself. */
  const endless = () => `sleep ${10_000_000 + Number.parseInt(commit.slice(0, 6), 16)}`;

  /** What is there of this test's commit, under whatever name, and of any build. */
  const left = async () => ({
    images: await bench.images(commit),
    containers: await bench.containers(),
    checkouts: await harness.leftovers(),
  });
  const nothing = { images: [], containers: [], checkouts: [] };

  it('builds on a base, pushes by the commit alone, and answers the digest that the registry has', async () => {
    dockerfile('ARG VERSION', 'COPY src /app', 'RUN echo "$VERSION" > /version', 'CMD ["/bin/cat", "/version"]');
    const image = await build();
    expect(await harness.tags(repository)).toEqual({ [commit]: image.digest });
    expect(image).toMatchObject({ reference: `${harness.core.registryHost}/${repository}@${image.digest}` });
    const resolved = await harness.core.images.resolve(image.reference);
    expect(resolved?.config).toMatchObject({
      config: { Labels: { 'org.opencontainers.image.revision': commit }, Cmd: ['/bin/cat', '/version'] },
    });
    const rootfs = await harness.core.images.unpack(image.reference);
    expect(readFileSync(path.join(rootfs, 'version'), 'utf8')).toBe(`${commit}\n`);
    expect(readFileSync(path.join(rootfs, 'app/server.js'), 'utf8')).toBe('serve()');
    expect(log().split('\n')).toContainEqual(expect.stringMatching(says));
    expect(await left()).toEqual(nothing);
  });

  it('says which RUN failed and how, and leaves nothing', async () => {
    dockerfile('COPY src /app', 'RUN echo compiling && echo "no such header: zlib.h" >&2 && exit 7');
    await expect(build()).rejects.toMatchObject({
      name: 'ImageBuild',
      message: expect.stringMatching(
        /^(docker|buildah) build ended with exit code \d+; its last lines: [^]*zlib\.h/,
      ) as string,
    });
    expect(log()).toMatch(/compiling[^]*zlib\.h|zlib\.h[^]*compiling/);
    expect(await harness.tags(repository)).toEqual({});
    expect(await left()).toEqual(nothing);
  });

  it('gives the commit’s own code no login and nothing of the worker', async () => {
    process.env['TEMPORAL_API_KEY'] = 'canary-of-the-worker';
    dockerfile('RUN env && cat /root/.docker/config.json; true');
    await build();
    delete process.env['TEMPORAL_API_KEY'];
    expect(log()).not.toMatch(/canary-of-the-worker|AWS_|"auths"/);
  });

  it.each([
    ['PUT manifest', 'deny', 'ImagePush'],
    ['POST upload', 'deny', 'ImagePush'],
    ['PUT manifest', 'error', 'Unavailable'],
    ['PUT manifest', 'throttle', 'Unavailable'],
    ['PUT manifest', 'reset', 'Unavailable'],
  ] as const)('whose %s the registry answers with %s ends as %s, and leaves nothing', async (action, kind, name) => {
    dockerfile('COPY src /app');
    harness.core.faults.add({ action: `registry:${action}`, kind, times: 1_000 });
    await expect(build()).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`${repository}:${commit}`) as string,
    });
    expect(await harness.tags(repository)).toEqual({});
    expect(await left()).toEqual(nothing);
  });

  it('finds its image when the answer to the push is lost', async () => {
    dockerfile('COPY src /app');
    harness.core.faults.add({ action: 'registry:PUT manifest', kind: 'lose-answer' });
    const first = await build().catch((error: unknown) => error);
    const image = first instanceof Error ? await build() : first;
    expect(await harness.tags(repository)).toEqual({ [commit]: (image as { digest: string }).digest });
    expect(await left()).toEqual(nothing);
  });

  it('is stopped in the middle of a RUN by a cancellation: no process, no container, no image', async () => {
    dockerfile(`RUN trap '' TERM; ${endless()}`); // one that does not want to end
    const environment = harness.environment();
    const running = environment.run(harness.activities().buildImage, given());
    await waitFor('the RUN runs', runs);
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    await waitFor('nothing runs', async () => !(await runs()));
    await waitFor('no container is left', async () => (await bench.containers()).length === 0);
    expect(await left()).toEqual(nothing);
  });

  it('builds for a pull request and pushes nothing', async () => {
    dockerfile('COPY src /app');
    const before = uploads().length;
    const { digest } = await harness.run(harness.activities().packageOnly, given());
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(uploads()).toHaveLength(before);
    expect(await left()).toEqual(nothing);
  });

  it('builds the same content twice at once, and neither takes the other’s image away', async () => {
    dockerfile('COPY src /app');
    const check = () => harness.run(harness.activities().packageOnly, given());
    await Promise.all([build(), check(), check()]);
    expect(Object.keys(await harness.tags(repository))).toEqual([commit]);
    expect(await left()).toEqual(nothing);
  });

  describe('after kill -9 of the process that was building', () => {
    /** Such a process, with a Dockerfile of its own. */
    async function startBuilding(...dockerfileOfIt: string[]): Promise<{ kill: () => Promise<void> }> {
      const source = path.join(harness.directory, `source-${commit}`);
      mkdirSync(source);
      writeFileSync(path.join(source, 'Dockerfile'), [`FROM ${bench.base}`, ...dockerfileOfIt].join('\n'));
      const folders = { workDir: path.join(harness.directory, 'work'), logDir: harness.logDir };
      const options = JSON.stringify({ input: given(), source, ...folders, guard: GUARD });
      const child = spawn(process.execPath, [BUILDER_PROCESS, options], {
        env: { ...process.env },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      closing.push(async () => child.kill('SIGKILL'));
      return {
        async kill() {
          expect(child.exitCode).toBeNull();
          child.kill('SIGKILL');
          await once(child, 'exit');
        },
      };
    }
    /** A build of something else on this machine. */
    const buildAnother = async (): Promise<void> => {
      dockerfile('COPY src /app');
      await harness.run(harness.activities().packageOnly, given({ commit: randomBytes(20).toString('hex') }));
    };

    it('in the middle of a RUN, its processes end, and the next build leaves nothing of it', async () => {
      const { kill } = await startBuilding(`RUN ${endless()}`);
      await waitFor('the RUN runs', runs);
      await kill();
      await waitFor('nothing runs', async () => !(await runs()));
      if (bench.builder === 'docker') {
        await waitFor('no container is left', async () => (await bench.containers()).length === 0);
      }
      await buildAnother();
      expect([...(await bench.images(commit)), ...(await bench.containers())]).toEqual([]);
    });

    it('in the middle of its push, its image goes with the next build, but not before it is dead', async () => {
      harness.core.faults.add({ action: 'registry:PUT manifest', kind: 'slow', ms: 120_000 });
      const { kill } = await startBuilding('RUN echo built > /file');
      await waitFor('it is pushed', () => harness.core.calls({ action: 'PUT upload' }).some(isOfThis));
      await buildAnother();
      const names = await bench.images(commit);
      expect(names).toContainEqual(expect.stringContaining(`sluice-build:${commit}-`));
      if (bench.builder === 'docker')
        expect(names).toContainEqual(`${harness.core.registryHost}/${repository}:${commit}`);

      await kill();
      await buildAnother();
      expect([...(await bench.images(commit)), ...(await bench.containers())]).toEqual([]);
    });
  });

  const runs = async (): Promise<boolean> => (await processesWith(endless().replace(' ', '\0'))).length > 0;
  const isOfThis = (call: object): boolean => JSON.stringify(call).includes(repository);
});
