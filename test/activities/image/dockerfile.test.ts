import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildah } from '../../../activities/image/dockerfile/buildah';
import { docker } from '../../../activities/image/dockerfile/docker';
import { loginFile } from '../../../activities/image/dockerfile/push';
import { lastLines } from '../../../activities/process/last-lines';
import { waitFor } from '../../helpers/wait-for';
import { COMMIT, dockerfileBuild, input, openHarness, packBuild } from './harness';
import type { Harness } from './harness';

const build = {
  build: { ...dockerfileBuild, target: 'runtime' },
  commit: COMMIT,
  context: '/checkout',
  dockerfile: '/checkout/Dockerfile',
  idFile: '/scratch/id',
  name: 'sluice-build:mine',
};
const push = {
  id: 'sha256:1',
  name: 'host/api:tag',
  authDirectory: '/scratch/login',
  digestFile: '/scratch/digest',
  insecure: true,
};
const shared = [
  ['--iidfile', '/scratch/id'],
  ['--tag', 'sluice-build:mine'],
  ['--platform', 'linux/amd64'],
  ['--label', `org.opencontainers.image.revision=${COMMIT}`],
  ['--build-arg', `VERSION=${COMMIT}`],
  ['--target', 'runtime'],
  ['--file', '/checkout/Dockerfile'],
].flat();

describe('command lines', () => {
  it('of docker', () => {
    expect(docker.build(build)).toEqual(['docker', 'build', '--force-rm', ...shared, '/checkout']);
    expect(docker.name(push)).toEqual(['docker', 'tag', 'sha256:1', 'host/api:tag']);
    expect(docker.push(push)).toEqual(['docker', 'push', 'host/api:tag']);
    expect(docker.pushEnvironment(push)).toEqual({ DOCKER_CONFIG: '/scratch/login' });
  });

  it('of buildah', () => {
    const tool = buildah('/cache');
    const storage = ['buildah', '--root', '/cache/storage', '--runroot', '/cache/run'];
    const policy = ['--signature-policy', '/cache/policy.json'];
    expect(tool.build(build)).toEqual([
      ...['flock', '--no-fork', '--shared', '/cache/building.lock'],
      ...storage,
      'build',
      '--isolation',
      'chroot',
      ...policy,
      ...shared,
      '/checkout',
    ]);
    const login = ['--authfile', '/scratch/login/config.json', '--digestfile', '/scratch/digest'];
    const destination = ['sha256:1', 'docker://host/api:tag'];
    expect(tool.push(push)).toEqual([...storage, 'push', ...policy, ...login, '--tls-verify=false', ...destination]);
    expect(tool.push({ ...push, insecure: false })).toEqual([...storage, 'push', ...policy, ...login, ...destination]);
  });

  it('pass on where the daemon is, and no login', () => {
    const from = {
      DOCKER_HOST: 'unix:///d',
      DOCKER_CONFIG: '/root/.docker',
      DOCKER_AUTH_CONFIG: 'x',
      AWS_PROFILE: 'p',
    };
    expect(docker.environment(from)).toEqual({ DOCKER_HOST: 'unix:///d' });
    expect(buildah('/cache').environment(from)).toEqual({});
  });

  it('read the digest that was pushed', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(docker.pushedDigest(`layer: Pushed\ntag: digest: ${digest} size: 527\n`, undefined)).toBe(digest);
    expect(docker.pushedDigest('denied', undefined)).toBeUndefined();
    expect(buildah('/cache').pushedDigest('', `${digest}\n`)).toBe(digest);
  });

  it('log in to one registry', () => {
    expect(JSON.parse(loginFile({ host: 'h:1', authorization: 'Basic QVdTOng=' }))).toEqual({
      auths: { 'h:1': { auth: 'QVdTOng=' } },
    });
  });
});

it.each([
  ['', '(no output)'],
  ['\u001b[31mred\u001b[0m\n', 'red'],
  ['10%\r20%\r30%\ndone\n', '10%\n20%\n30%\ndone'],
  [Array.from({ length: 20 }, (_, line) => line).join('\n'), '8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19'],
])('the last lines of %j are %j', (output, lines) => {
  expect(lastLines(output)).toBe(lines);
});

/** A program named docker, that writes down how it was called and does what the test says. */
const FAKE = `#!/bin/sh
command=$1
[ "$1" = image ] && command=$2
echo "$command|$(cat "$DOCKER_CONFIG/config.json" 2>/dev/null)|$(env | grep -c -E '^(AWS_|TEMPORAL_)')" >> "$(dirname "$0")/calls"
case "$1" in
  version) echo 28;;
  build) while [ "$1" != --iidfile ]; do shift; done; echo sha256:built > "$2"; echo building;;
  tag) true;;
  push) echo pushing;;
esac
`;

describe('docker', () => {
  let harness: Harness;
  let bin: string;
  beforeEach(async () => {
    harness = await openHarness();
    await harness.createRepository('shop-api');
    bin = join(harness.directory, 'bin');
    mkdirSync(bin);
    process.env['PATH'] = [bin, '/usr/bin', '/bin'].join(delimiter);
  });
  afterEach(() => harness.close());

  const install = (replace = '', by = '') => {
    writeFileSync(
      join(bin, 'docker'),
      FAKE.replace(replace, () => by),
    );
    chmodSync(join(bin, 'docker'), 0o755);
  };
  const run = (changes = {}) => harness.run(harness.activities().buildImage, input({ ...dockerfileBuild, ...changes }));
  const calls = () => readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');

  it('pushes what it built, and only the push sees a login', async () => {
    install();
    // The fake cannot push; what it "pushed" gets into the registry here, under another name.
    await harness.createRepository('other');
    const other = input(packBuild, { image: { ...input().image, repository: 'other' } });
    const { digest } = await harness.run(harness.activities().buildImage, other);
    install('echo pushing', `echo "tag: digest: ${digest} size: 1"`);
    await expect(run()).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining(digest) as string,
    });

    const logins = calls().map((call) => call.split('|'));
    expect(logins.map(([command]) => command)).toEqual(['version', 'ls', 'build', 'tag', 'push', 'rm', 'rm']);
    expect(logins.map(([, login]) => login !== '')).toEqual([false, false, false, false, true, false, false]);
    expect(logins.map(([, , secrets]) => secrets)).toEqual(['0', '0', '0', '0', '0', '0', '0']);
    expect(logins[4]?.[1]).toContain(`{"auths":{"${harness.core.registryHost}":{"auth":"`);
    expect(await harness.leftovers()).toEqual([]);
  });

  it('that fails to build says why, with the last lines, and keeps the log', async () => {
    install('echo building', 'echo "Step 1"; echo "npm: not found" >&2; exit 3');
    await expect(run()).rejects.toMatchObject({
      name: 'ImageBuild',
      message: 'docker build ended with exit code 3; its last lines: Step 1\nnpm: not found',
    });
    expect(readFileSync(join(harness.logDir, 'run-1-image.log'), 'utf8')).toBe('Step 1\nnpm: not found\n');
    expect(harness.core.calls({ action: 'GetAuthorizationToken' })).toEqual([]);
  });

  it.each([
    ['denied: not authorized to push', 'ImagePush'],
    ['dial tcp 127.0.0.1:1: connection refused', 'Unavailable'],
    ['An image does not exist locally with the tag: host/api', 'Unavailable'],
  ])('whose push ends with "%s" is %s', async (said, type) => {
    install('echo pushing', `echo "${said}"; exit 1`);
    await expect(run()).rejects.toMatchObject({ name: type, message: expect.stringContaining(said) as string });
  });

  it('that is not there is a missing tool, and nothing else is used', async () => {
    process.env['PATH'] = '/usr/bin:/bin';
    if (existsSync('/usr/bin/docker') || existsSync('/bin/docker')) process.env['PATH'] = bin;
    await expect(run()).rejects.toMatchObject({
      name: 'ToolMissing',
      message: 'image.builder is docker, which is not on the PATH of this worker.',
    });
  });

  it('without a daemon is a missing tool', async () => {
    install('echo 28', 'echo "Cannot connect to the Docker daemon at unix:///d." >&2; exit 1');
    await expect(run()).rejects.toMatchObject({
      name: 'ToolMissing',
      message: expect.stringContaining('Cannot connect to the Docker daemon') as string,
    });
  });

  it.each([
    [{ dockerfile: 'missing' }, 'image.dockerfile names missing, which is not in the commit.'],
    [{ context: '..' }, 'image.context names .., which leads out of the commit.'],
    [{ dockerfile: 'out' }, 'image.dockerfile names out, which leads out of the commit.'],
  ])('does not build from %j', async (changes, message) => {
    install();
    const activities = harness.activities({
      async checkout({ directory, treeHash }) {
        symlinkSync('/etc/hostname', join(directory, 'out'));
        return treeHash;
      },
    });
    const given = input({ ...dockerfileBuild, ...changes });
    await expect(harness.run(activities.buildImage, given)).rejects.toMatchObject({ name: 'ImageBuild', message });
  });

  it('is stopped by a cancellation, with all that it started', async () => {
    install('echo building', `echo $$ > "$(dirname "$0")/pid"; sleep 60; echo late`);
    const environment = harness.environment();
    const running = environment.run(harness.activities().buildImage, input(dockerfileBuild));
    const pid = await waitFor(
      'the build runs',
      () => existsSync(join(bin, 'pid')) && readFileSync(join(bin, 'pid'), 'utf8'),
    );
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    expect(await harness.leftovers()).toEqual([]);
  });
});
