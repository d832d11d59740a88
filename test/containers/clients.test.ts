import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, DescribeImagesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { openAccount } from './stage/account';
import type { Account } from './stage/account';
import { command } from './stage/docker';

/** An image of a few bytes, as an archive that `docker import` takes; different for each run of the tests. */
async function makeArchive(directory: string): Promise<string> {
  await writeFile(path.join(directory, 'content'), randomBytes(64));
  const archive = path.join(directory, 'image.tar');
  await command('tar', ['-C', directory, '-cf', archive, 'content']);
  return archive;
}

let account: Account;
let directory: string;
let archive: string;
let password: string;

beforeAll(async () => {
  // As the system names it: skopeo and buildah take a path apart.
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'containers-clients-')));
  archive = await makeArchive(directory);
  account = await openAccount();
  const { authorizationData } = await account.ecr.send(new GetAuthorizationTokenCommand({}));
  const [user, token] = Buffer.from(authorizationData![0]!.authorizationToken!, 'base64').toString().split(':');
  expect(user).toBe('AWS');
  password = token!;
  for (const repositoryName of ['by/docker', 'by/skopeo', 'by/buildah'])
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName }));
}, 60_000);
afterAll(async () => {
  await account.close();
  await rm(directory, { recursive: true });
});

async function digestOf(repositoryName: string, imageTag: string): Promise<string | undefined> {
  const described = await account.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));
  return described.imageDetails?.[0]?.imageDigest;
}

describe('docker', () => {
  const DOCKER_CONFIG = () => path.join(directory, 'docker-config');
  const docker = (...args: string[]) => command('docker', args, { DOCKER_CONFIG: DOCKER_CONFIG() });

  it('logs in, pushes and pulls; without a login it may do neither', async () => {
    const host = account.aws.registryHost;
    const image = `${host}/by/docker:v1`;
    await docker('import', archive, image);
    try {
      await expect(docker('push', image)).rejects.toThrow('no basic auth credentials');
      await expect(docker('login', '--username', 'AWS', '--password', 'guessed', host)).rejects.toThrow(
        /401 Unauthorized|Not Authorized/,
      );
      await docker('login', '--username', 'AWS', '--password', password, host);
      await docker('push', image);
      const digest = await digestOf('by/docker', 'v1');
      await docker('rmi', image);
      await docker('pull', `${host}/by/docker@${digest!}`);
      await docker('rmi', `${host}/by/docker@${digest!}`);
      expect(await docker('pull', image)).toContain(digest);
      await docker('logout', host);
      await docker('rmi', image);
      await expect(docker('pull', image)).rejects.toThrow('no basic auth credentials');
    } finally {
      await docker('rmi', image).catch(() => undefined);
    }
  });
});

describe('skopeo', () => {
  const skopeo = (...args: string[]) => command('skopeo', ['--insecure-policy', ...args]);

  it('copies an image in and out, and inspects it; without a login it may do neither', async () => {
    const image = `docker://${account.aws.registryHost}/by/skopeo:v1`;
    const [tls, login] = [['--src-tls-verify=false', '--dest-tls-verify=false'], `AWS:${password}`];
    const folder = path.join(directory, 'skopeo-in');
    await makeOciFolder(folder);

    await expect(skopeo('copy', ...tls, `oci:${folder}:v1`, image)).rejects.toThrow(/unauthorized|authentication/i);
    await skopeo('copy', ...tls, '--dest-creds', login, `oci:${folder}:v1`, image);
    await expect(skopeo('inspect', '--tls-verify=false', image)).rejects.toThrow(/unauthorized|authentication/i);
    const inspected = await skopeo('inspect', '--tls-verify=false', '--creds', login, image);
    expect(JSON.parse(inspected)).toMatchObject({ Digest: await digestOf('by/skopeo', 'v1'), RepoTags: ['v1'] });
    const out = path.join(directory, 'skopeo-out');
    await skopeo('copy', ...tls, '--src-creds', login, image, `dir:${out}`);
    expect(JSON.parse(await readFile(path.join(out, 'manifest.json'), 'utf8'))).toMatchObject({ schemaVersion: 2 });
  });

  /** An image in the OCI layout, made by skopeo's own means out of a docker archive. */
  async function makeOciFolder(folder: string): Promise<void> {
    const name = `sluice-test-skopeo-${process.pid}:v1`;
    const saved = path.join(directory, 'saved.tar');
    await command('docker', ['import', archive, name]);
    try {
      await command('docker', ['save', '--output', saved, name]);
    } finally {
      await command('docker', ['rmi', name]);
    }
    await skopeo('copy', `docker-archive:${saved}`, `oci:${folder}:v1`);
  }
});

describe('buildah', () => {
  const place = () => path.join(directory, 'buildah');
  const buildah = (...args: string[]) =>
    command(
      'buildah',
      [
        '--root',
        path.join(place(), 'root'),
        '--runroot',
        path.join(place(), 'run'),
        '--storage-driver',
        'vfs',
        ...args,
      ],
      { BUILDAH_ISOLATION: 'chroot' },
    );

  it('builds without a daemon and pushes; without a login it may not', async () => {
    const context = path.join(directory, 'context');
    await command('mkdir', ['-p', context, place()]);
    await writeFile(path.join(context, 'content'), 'x');
    await writeFile(path.join(context, 'Dockerfile'), 'FROM scratch\nCOPY content /content\n');
    const policy = path.join(directory, 'policy.json');
    await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    const image = `${account.aws.registryHost}/by/buildah:v1`;
    await buildah('bud', '--signature-policy', policy, '--tag', image, context);

    const push = ['push', '--signature-policy', policy, '--tls-verify=false'];
    await expect(buildah(...push, image)).rejects.toThrow(/unauthorized|authentication/i);
    await expect(buildah(...push, '--creds', 'AWS:guessed', image)).rejects.toThrow(/unauthorized|authentication/i);
    await buildah(...push, '--creds', `AWS:${password}`, image);
    expect(await digestOf('by/buildah', 'v1')).toMatch(/^sha256:/);
  });
});
