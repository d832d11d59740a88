import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageInput } from '../../../model/image';
import { COMMIT, input, openHarness, packBuild } from './harness';
import type { Harness } from './harness';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const build = (given: ImageInput = input()) => harness.run(harness.activities().buildImage, given);
const find = (given: ImageInput = input()) => harness.run(harness.activities().findImage, given);
const registryCalls = () =>
  harness.core.calls({ service: 'registry' }).map(({ action, errorCode }) => (errorCode ? `${action}!` : action));

describe('an image of a commit', () => {
  it('is built, pushed by the full commit alone, and found afterwards', async () => {
    await harness.createRepository('shop-api');
    expect(await find()).toBeNull();
    const image = await build();
    expect(image).toEqual({
      repositoryUri: `${harness.core.registryHost}/shop-api`,
      tag: COMMIT,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      reference: `${harness.core.registryHost}/shop-api@${image.digest}`,
      reused: false,
    });
    expect(await harness.tags('shop-api')).toEqual({ [COMMIT]: image.digest });
    expect(await find()).toEqual({ ...image, reused: true });
    expect(await harness.leftovers()).toEqual([]);
  });

  it('can be run: the registry resolves it to config and files', async () => {
    await harness.createRepository('shop-api');
    const { reference } = await build();
    const resolved = await harness.core.images.resolve(reference);
    expect(resolved?.config).toMatchObject({ config: { Cmd: ['node', 'src/server.js'], WorkingDir: '/app' } });
  });

  it('is not built again when its tag is there', async () => {
    await harness.createRepository('shop-api');
    const first = await build();
    const calls = registryCalls().length;
    harness.files['src/server.js'] = 'other()';
    expect(await build()).toEqual({ ...first, reused: true });
    expect(registryCalls()).toHaveLength(calls);
  });

  it('has the same digest in another repository, from another checkout', async () => {
    await harness.createRepository('shop-api');
    await harness.createRepository('other');
    const first = await build();
    const second = await build(input(packBuild, { image: { ...input().image, repository: 'other' } }));
    expect(second.digest).toBe(first.digest);
  });

  it.each([
    ['while the commit is fetched', 'MUTABLE', 'checkout'],
    ['while the commit is fetched', 'IMMUTABLE', 'checkout'],
    ['between our last look and our push', 'IMMUTABLE', 'push'],
  ] as const)('is somebody else’s when theirs is pushed %s (%s tags)', async (_, mutability, moment) => {
    await harness.createRepository('shop-api', mutability);
    let theirs: string | undefined;
    harness.interruptions[moment] = async () => {
      harness.files['src/server.js'] = 'theirs()';
      theirs = (await build()).digest;
      harness.files['src/server.js'] = 'ours()';
    };
    expect(await build()).toMatchObject({ digest: theirs, reused: true });
    expect(await harness.tags('shop-api')).toEqual({ [COMMIT]: theirs });
  });

  it.each(['lose-answer', 'error', 'reset'] as const)('is pushed although there is trouble: %s', async (kind) => {
    await harness.createRepository('shop-api');
    for (const action of ['HEAD blob', 'POST upload', 'PUT upload', 'PUT manifest']) {
      harness.core.faults.add({ action: `registry:${action}`, kind });
    }
    const { digest } = await build();
    expect(await harness.tags('shop-api')).toEqual({ [COMMIT]: digest });
  });
});

describe('nothing is pushed', () => {
  it.each([
    ['PUT manifest', 'ImagePush'],
    ['PUT upload', 'ImagePush'],
    ['POST upload', 'ImagePush'],
  ])('when the registry refuses %s', async (action, type) => {
    await harness.createRepository('shop-api');
    harness.core.faults.add({ action: `registry:${action}`, kind: 'deny' });
    await expect(build()).rejects.toMatchObject({
      name: type,
      message: expect.stringMatching(/shop-api:0123.* was refused: .*403 DENIED User is not authorized/) as string,
    });
    expect(await harness.tags('shop-api')).toEqual({});
    expect(await harness.leftovers()).toEqual([]);
  });

  it('when the registry stays in trouble, and that can be tried again', async () => {
    await harness.createRepository('shop-api');
    harness.core.faults.add({ action: 'registry:PUT manifest', kind: 'error', times: 100 });
    await expect(build()).rejects.toMatchObject({ name: 'Unavailable', retryable: true });
    harness.core.faults.clear();
    expect(await build()).toMatchObject({ reused: false });
  });

  it('when the repository is missing', async () => {
    const missing = { name: 'TargetMissing', message: 'There is no ECR repository shop-api in eu-west-1.' };
    await expect(find()).rejects.toMatchObject(missing);
    await expect(build()).rejects.toMatchObject(missing);
  });

  it('when AWS does not allow the look', async () => {
    await harness.createRepository('shop-api');
    harness.core.faults.add({ action: 'DescribeImages', kind: 'deny' });
    await expect(build()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`ecr:DescribeImages of shop-api:${COMMIT} in eu-west-1`) as string,
    });
  });

  it('when the checkout has another tree than the gates saw', async () => {
    await harness.createRepository('shop-api');
    await expect(build(input(packBuild, { treeHash: 'f'.repeat(40) }))).rejects.toMatchObject({
      name: 'SourceRefused',
    });
    expect(registryCalls()).toEqual([]);
  });

  it('when the globs match nothing', async () => {
    await harness.createRepository('shop-api');
    await expect(build(input({ ...packBuild, files: ['dist/**'] }))).rejects.toMatchObject({ name: 'ImageBuild' });
    expect(registryCalls()).toEqual([]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it('for a pull request, which needs no AWS at all', async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    const { digest } = await harness.run(harness.activities().packageOnly, input());
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(harness.core.calls()).toEqual([]);
    expect(await harness.leftovers()).toEqual([]);
  });
});

describe('an image on a base', () => {
  const base = input(packBuild, { image: { ...input().image, repository: 'base' } });
  const on = (name: string, changes = {}) => build(input({ ...packBuild, base: name, workdir: '/two', ...changes }));

  it.each(['tag', 'digest', 'host and tag'])('has the layers of both, the base named by %s', async (how) => {
    await harness.createRepository('base');
    await harness.createRepository('shop-api');
    const { digest, repositoryUri } = await build(base);
    const name = { tag: `base:${COMMIT}`, digest: `base@${digest}` }[how] ?? `${repositoryUri}:${COMMIT}`;
    const { reference } = await on(name);
    const rootfs = await harness.core.images.unpack(reference);
    expect(existsSync(join(rootfs, 'app/src/server.js'))).toBe(true);
    expect(existsSync(join(rootfs, 'two/src/server.js'))).toBe(true);
  });

  it.each([
    ['base:missing', {}, 'The base image base cannot be read: '],
    ['base', {}, 'image.base "base" is not a name with a tag or a digest'],
    ['docker.io/library/node:24', {}, 'image.base is in docker.io, which is not the registry of the image'],
    [`base:${COMMIT}`, { platform: 'linux/arm64' }, 'is for linux/amd64, not for linux/arm64'],
  ])('is not built on %s %j', async (name, changes, message) => {
    await harness.createRepository('base');
    await harness.createRepository('shop-api');
    await build(base);
    await expect(on(name, changes)).rejects.toMatchObject({
      name: 'ImageBuild',
      message: expect.stringContaining(message) as string,
    });
    expect(await harness.tags('shop-api')).toEqual({});
  });
});
