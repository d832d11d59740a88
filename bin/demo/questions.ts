import { DescribeImagesCommand, ImageNotFoundException } from '@aws-sdk/client-ecr';
import { SHOP } from './shop';
import type { ShopAccount } from './shop-account';

const ANSWER_LIMIT_MS = 2_000;

/** Whether the registry has an image with this commit's tag. */
export async function hasImage({ ecr }: ShopAccount, commit: string): Promise<boolean> {
  try {
    await ecr.send(new DescribeImagesCommand({ repositoryName: SHOP.name, imageIds: [{ imageTag: commit }] }));
    return true;
  } catch (error) {
    if (error instanceof ImageNotFoundException) return false;
    throw error;
  }
}

/** The commit that the service itself answers with, through its load balancer; undefined while it does not answer. */
export async function answeredCommit({ url }: ShopAccount): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    if (!response.ok) return undefined;
    return ((await response.json()) as { commit: string }).commit;
  } catch {
    return undefined;
  }
}
