import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SIGNATURE_POLICY } from '../../../activities/image/dockerfile/buildah';
import type { RootContent } from '../../../local/containers/rootfs';
import { command } from '../stage/docker';
import { importBase, removeBase, withRootTar } from './base-image';

/** Enough for `RUN`. */
const SHELL: RootContent = { programs: ['/bin/sh', '/bin/cat', '/bin/sleep', '/usr/bin/env'] };
const FIRST_WITH_BUILDX = 23;

/** A tool that builds Dockerfiles, with a base image to build on, and eyes for what it has in store. */
export interface ToolBench {
  builder: 'docker' | 'buildah';
  /** What the Dockerfiles say FROM. */
  base: string;
  /** Names of images, by this part of them. */
  images(part: string): Promise<string[]>;
  /** Containers of builds on the base, running or not. */
  containers(): Promise<string[]>;
  /** Removes all that is derived from the base, the base, and the tool's own storage if it has one. */
  close(): Promise<void>;
}

/** Docker's builder: BuildKit, or the one before it. Set `environment()` in the process before it is used. */
export async function openDocker(): Promise<ToolBench> {
  const base = `builders-base-${randomBytes(4).toString('hex')}:1`;
  const id = await importBase(base, SHELL);
  return {
    builder: 'docker',
    base,
    images: async (part) =>
      lines(await command('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])).filter((name) =>
        name.includes(part),
      ),
    containers: async () => lines(await command('docker', ['ps', '--all', '--quiet', '--filter', `ancestor=${id}`])),
    close: () => removeBase(base),
  };
}

/** buildah, with the storage that image activities keep in this folder. */
export async function openBuildah(workDir: string): Promise<ToolBench> {
  const home = path.join(workDir, 'builders', 'buildah');
  const storage = path.join(home, 'storage');
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'policy.json'), SIGNATURE_POLICY);
  const buildah = (...args: string[]): Promise<string> =>
    command('buildah', ['--root', storage, '--runroot', path.join(home, 'run'), ...args]);
  const base = 'builders-base:1';
  await withRootTar(SHELL, async (tar) => {
    const container = (await buildah('from', 'scratch')).trim();
    await buildah('add', '--quiet', container, tar, '/');
    await buildah('commit', '--quiet', '--rm', '--signature-policy', path.join(home, 'policy.json'), container, base);
  });
  return {
    builder: 'buildah',
    base,
    images: async (part) =>
      lines(await buildah('images', '--format', '{{.Name}}:{{.Tag}}')).filter((name) => name.includes(part)),
    containers: async () => lines(await buildah('containers', '--quiet')),
    async close() {
      await buildah('rm', '--all');
      await buildah('rmi', '--all', '--force');
    },
  };
}

/** What makes the `docker` that the product starts use BuildKit; undefined where no client can. */
export async function buildKitEnvironment(): Promise<Record<string, string> | undefined> {
  const { PATH = '' } = process.env;
  const folders = PATH.split(path.delimiter).filter((folder) => existsSync(path.join(folder, 'docker')));
  for (const folder of folders) {
    const docker = path.join(folder, 'docker');
    const version = await command(docker, ['version', '--format', '{{.Client.Version}}']).catch(() => '');
    const isBuiltIn = Number.parseInt(version, 10) < FIRST_WITH_BUILDX;
    const hasPlugin = await command(docker, ['buildx', 'version']).then(
      () => true,
      () => false,
    );
    if (isBuiltIn || hasPlugin) return { DOCKER_BUILDKIT: '1', PATH: [folder, PATH].join(path.delimiter) };
  }
  return undefined;
}

function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}
