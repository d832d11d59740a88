import path from 'node:path';
import type { Cloud, CloudOptions } from './cloud';
import { startCloud } from './cloud';
import type { ShopRepository } from './shop-repository';
import { firstCommitOf, openShopRepository } from './shop-repository';

/** A local AWS that the shop's first commit runs in, and the repository that the shop comes from. */
export interface Shop extends Cloud {
  repository: ShopRepository;
}

/**
 * Starts a local AWS that keeps its files in `stateDir`, and sets up in it what a first release needs: the shop's Git
 * repository in `folder`, its account, and its first commit deployed by hand. Throws one sentence for a port in use or a
 * folder that is something else's.
 */
export async function openShop(stateDir: string, folder: string, options: CloudOptions): Promise<Shop> {
  const cloud = await startCloud(stateDir, options);
  try {
    const repository = await openShopRepository(folder, cloud.url);
    await cloud.deployByHand(await firstCommitOf(repository, path.join(stateDir, 'first-commit')));
    return { ...cloud, repository };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}
