import path from 'node:path';
import type { BuiltImage } from '../../activities/image/builder';
import { pack } from '../../activities/image/pack/pack';
import type { ImageSpec, PackBuild } from '../../model/plan';
import { GUARD } from '../root';
import { SHOP } from './shop';

const LIMIT_MS = 60_000;

export interface PackByHand {
  /** The ECR repository. */
  repository: string;
  commit: string;
  /** Folder of the files. */
  source: string;
  /** For files of the packing itself. */
  scratch: string;
}

/** Packs files for this machine's processor, as a release would, but outside of one. */
export function packByHand(
  { repository, commit, source, scratch }: PackByHand,
  what: Pick<PackBuild, 'base' | 'files' | 'workdir' | 'command' | 'environment'>,
): Promise<BuiltImage> {
  const platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
  const build: PackBuild = { builder: 'pack', exclude: [], platform, ...what };
  const image: ImageSpec = { repository, region: SHOP.region, build, timeoutMs: LIMIT_MS };
  return pack(build, {
    input: { image, repository: source, commit, treeHash: '', project: SHOP.name, workspace: 'by-hand' },
    source,
    scratch,
    log: path.join(scratch, 'log'),
    guard: GUARD,
    cache: scratch,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
}
