import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { publish } from '../../activities/image/publish';
import { nodeRoot } from '../../local/containers/language-roots';
import { stageRootfs } from '../../local/containers/rootfs';
import { packByHand } from './pack-by-hand';
import { SHOP } from './shop';

const NAME = 'node-base';
const TAG = 'local';
const PUSH_LIMIT_MS = 60_000;

/**
 * Pushes an image with this machine's own Node, for the shop's containers to stand on: nothing has to be downloaded. Answers
 * its name for `image.base` in release.yml. `scratch` is a folder of this alone. Linux only; throws one sentence elsewhere.
 */
export async function pushNodeBase(ecr: ECRClient, scratch: string): Promise<string> {
  const root = path.join(scratch, 'root');
  await mkdir(root, { recursive: true });
  try {
    await stageRootfs(root, nodeRoot());
    const image = await packByHand(
      { repository: NAME, commit: TAG, source: root, scratch },
      {
        files: ['**'],
        workdir: '/',
        command: ['node'],
        environment: {},
      },
    );
    await ecr.send(new CreateRepositoryCommand({ repositoryName: NAME, imageTagMutability: 'IMMUTABLE' }));
    const signal = AbortSignal.timeout(PUSH_LIMIT_MS);
    await publish(ecr, { repository: NAME, region: SHOP.region, commit: TAG }, image, signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return `${NAME}:${TAG}`;
}
