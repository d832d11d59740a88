import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CreateRepositoryCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { activityEnvironment } from '../../helpers/activity-environment';
import { createAwsClients } from '../../../activities/aws/clients';
import { createImageActivities } from '../../../activities/image/activities';
import type { ImageDependencies } from '../../../activities/image/activities';
import { openCore } from '../../../local/aws/core';
import type { ImageInput } from '../../../model/image';
import type { DockerfileBuild, PackBuild } from '../../../model/plan';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const TREE = 'e'.repeat(40);
const REGION = 'eu-west-1';

export const packBuild: PackBuild = {
  builder: 'pack',
  files: ['src/**'],
  exclude: [],
  workdir: '/app',
  command: ['node', 'src/server.js'],
  environment: {},
  platform: 'linux/amd64',
};

export const dockerfileBuild: DockerfileBuild = {
  builder: 'docker',
  context: '.',
  dockerfile: 'Dockerfile',
  arguments: { VERSION: '${commit}' },
  platform: 'linux/amd64',
};

export type Harness = Awaited<ReturnType<typeof openHarness>>;

/** The image activities with a local ECR, and a "checkout" that writes `files` as they are at that moment. */
export async function openHarness() {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIALOCAL', AWS_SECRET_ACCESS_KEY: 'local' });
  const core = await openCore({ stateDir: join(directory, 'aws'), region: REGION, accountId: '000000000000', port: 0 });
  core.serve([]);
  const clients = createAwsClients({ endpoint: core.endpoint });
  const ecr = clients.ecr(REGION);
  const workDir = join(directory, 'work');
  const logDir = join(directory, 'logs');
  const interruptions: Partial<Record<'checkout' | 'push', (() => Promise<unknown>) | undefined>> = {};
  const interrupt = async (at: keyof typeof interruptions) => {
    const happens = interruptions[at];
    interruptions[at] = undefined;
    await happens?.();
  };
  // The token is the last that is asked for before a push.
  ecr.middlewareStack.add((next, context) => async (args) => {
    if (context.commandName === 'GetAuthorizationTokenCommand') await interrupt('push');
    return next(args);
  });
  const files: Record<string, string> = { 'src/server.js': 'serve()', Dockerfile: 'FROM scratch' };

  const activities = (overrides: Partial<ImageDependencies> = {}) =>
    createImageActivities({
      clients,
      workDir,
      logDir,
      guard: [process.execPath, resolve('bin/guard.mjs')],
      checkout: async (input) => {
        await interrupt('checkout');
        for (const [path, content] of Object.entries(files)) {
          mkdirSync(dirname(join(input.directory, path)), { recursive: true });
          writeFileSync(join(input.directory, path), content);
        }
        return TREE;
      },
      ...overrides,
    });

  const environment = () => activityEnvironment();

  return {
    core,
    ecr,
    files,
    /** What happens once, during the next checkout or right before the next push. */
    interruptions,
    directory,
    logDir,
    activities,
    createRepository: (repositoryName: string, imageTagMutability: 'MUTABLE' | 'IMMUTABLE' = 'IMMUTABLE') =>
      ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability })),
    /** Tags of a repository with their digests. */
    async tags(repositoryName: string): Promise<Record<string, string>> {
      const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
      return Object.fromEntries(
        imageDetails.flatMap(({ imageTags = [], imageDigest = '' }) => imageTags.map((tag) => [tag, imageDigest])),
      );
    },
    environment,
    run: <A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
      environment().run(activity, ...args),
    /** What the activities left in their working directory, caches aside. */
    leftovers: () => readdir(join(workDir, 'images')).catch(() => []),
    async close() {
      clients.destroy();
      await core.close();
      process.env = before;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function input(build: PackBuild | DockerfileBuild = packBuild, changes: Partial<ImageInput> = {}): ImageInput {
  return {
    image: { repository: 'shop-api', region: REGION, build, timeoutMs: 20_000 },
    repository: '/repository',
    commit: COMMIT,
    treeHash: TREE,
    project: 'shop',
    workspace: 'run-1',
    ...changes,
  };
}
