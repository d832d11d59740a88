import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSource } from '../../activities/source/source';
import { usageError } from '../../client/errors';
import { git } from '../../client/git';
import { GUARD } from '../root';
import type { ByHand } from './by-hand';
import { createRepository } from './repository';
import { SHOP } from './shop';
import { STORY } from './story';

/** Lies in `.git`, where Git takes no notice: a repository that is not ours is never touched. */
const MARK = path.join('.git', 'made-by-sluice-local-aws');
const GIT_LIMIT_MS = 30_000;

export interface ShopRepository {
  path: string;
  /** The first commit: the one that runs before anything was released. */
  first: string;
  /** The newest commit, which is to be released. */
  head: string;
}

/**
 * The shop's Git repository in `folder`, whose release.yml knows the shop at `url`: made with two commits, or the one that an
 * earlier call made, with whatever was committed to it since.
 *
 * Throws a ClientError (exit 2) where something else lies in its place, or when it knows the shop at another address.
 */
export async function openShopRepository(folder: string, url: string): Promise<ShopRepository> {
  const place = path.join(folder, SHOP.name);
  if (!existsSync(place)) await make(place, url);
  if (!existsSync(path.join(place, MARK))) {
    throw usageError(`${place} is there already and was not made by \`sluice local-aws\`: choose another folder.`);
  }
  const config = await readFile(path.join(place, 'release.yml'), 'utf8');
  if (!config.includes(`${url}/`)) {
    throw usageError(
      `release.yml in ${place} does not know the shop at ${url}: give --shop-port its port, or correct it.`,
    );
  }
  const [first] = await lines(place, ['rev-list', '--max-parents=0', 'HEAD']);
  const [head] = await lines(place, ['rev-parse', 'HEAD']);
  if (first === undefined || head === undefined) throw usageError(`${place} has no commit: choose another folder.`);
  return { path: place, first, head };
}

/** The files of the repository's first commit, checked out below `scratch`. */
export async function firstCommitOf({ path: repository, first }: ShopRepository, scratch: string): Promise<ByHand> {
  const source = createSource({ workDir: path.join(scratch, 'source'), guard: GUARD, gitTimeoutMs: GIT_LIMIT_MS });
  const checkout = path.join(scratch, 'checkout');
  await source.removeCheckout(checkout);
  await source.checkout(repository, first, checkout);
  return { repository, commit: first, checkout };
}

/** Made aside and put in place whole: what an interrupted call left is not taken for a repository. */
async function make(place: string, url: string): Promise<void> {
  const [good] = STORY.filter(({ outcome }) => outcome === 'released');
  if (good === undefined) throw new Error('the story has no commit that is released');
  const aside = `${place}.new`;
  await rm(aside, { recursive: true, force: true });
  const repository = await createRepository(aside, { url });
  await repository.commit('Open the shop', []);
  await repository.commit(good.subject, good.edits);
  await writeFile(path.join(aside, MARK), '');
  await rename(aside, place);
}

async function lines(repository: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await git(repository, args);
  return stdout.split('\n').filter((line) => line !== '');
}
