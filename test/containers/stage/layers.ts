import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { nodeRoot } from '../../../local/containers/language-roots';
import { stageRootfs } from '../../../local/containers/rootfs';
import type { RootContent } from '../../../local/containers/rootfs';
import { sha256 } from '../../local/aws/images';
import type { Layer } from '../../local/aws/images';

const run = promisify(execFile);
const TAR_LIMIT_MS = 60_000;
const LARGEST_ROOT = 512 * 1024 * 1024;
const SHELL: RootContent = { programs: ['/bin/sh', '/bin/cat', '/bin/sleep'] };

/** This machine's shell with the little that the tests need beside it: a layer of a few megabytes. */
export function shellLayer(): Promise<Layer> {
  return layerOfRoot(SHELL);
}

/** The same, with Node. */
export function nodeLayer(): Promise<Layer> {
  const node = nodeRoot();
  return layerOfRoot({ ...node, programs: [...node.programs, ...SHELL.programs] });
}

async function layerOfRoot(content: RootContent): Promise<Layer> {
  // As the system names it: links on the way to it would be recreated as well.
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'containers-root-')));
  try {
    const root = path.join(directory, 'root');
    await stageRootfs(root, content);
    const options = { encoding: 'buffer', maxBuffer: LARGEST_ROOT, timeout: TAR_LIMIT_MS } as const;
    const { stdout } = await run('tar', ['--owner=0', '--group=0', '-C', root, '-c', '.'], options);
    return { blob: stdout, diffId: sha256(stdout) };
  } finally {
    await rm(directory, { recursive: true });
  }
}
