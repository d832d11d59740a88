import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { stageRootfs } from '../../../local/containers/rootfs';
import type { Docker } from './docker';

const run = promisify(execFile);
const TAR_WITHIN_MS = 60_000;

const ON_PATH = '/usr/local/bin/node';

/** The program that a container of an image on the base runs. */
export const MAIN = '/app/main.mjs';

/**
 * Imports an image that holds this machine's Node, since none can be pulled here, and runs `/app/main.mjs`, which an image
 * built on it has to bring along. `directory` is for scratch files, and does not exist yet.
 */
export async function importBase(docker: Docker, name: string, label: string, directory: string): Promise<void> {
  const node = process.execPath;
  await stageRootfs(directory, { programs: [node], links: node === ON_PATH ? {} : { [ON_PATH]: node } });
  const archive = `${directory}.tar`;
  const tar = ['--owner=0', '--group=0', '-C', directory, '-cf', archive, '.'];
  await run('tar', tar, { timeout: TAR_WITHIN_MS });
  const changes = [`CMD ["node", "${MAIN}"]`, `LABEL ${label}`].flatMap((change) => ['--change', change]);
  await docker.run(['import', ...changes, path.resolve(archive), name]);
}
