import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { asTypedError } from '../../activities/aws/errors';
import { findReleased, registryAuthorization } from '../../activities/image/ecr';
import { shortCommit } from '../../model/commit';
import { TypedError } from '../../model/failures';
import type { Examination } from './examination';
import type { SetUp } from './set-up';

const CHECK = 'image repository';

/** The ECR repository as whoever builds images sees it. `commit` is only looked for. */
export async function examineImages(
  { check, skip }: Examination,
  ecr: ECRClient,
  { repository, region, account }: SetUp['image'],
  commit: string,
): Promise<void> {
  const where = `${repository} in ${region}`;
  const there = await check(CHECK, async (abortSignal) => {
    const command = new DescribeRepositoriesCommand({
      repositoryNames: [repository],
      ...(account !== undefined && { registryId: account }),
    });
    const answer = await ecr.send(command, { abortSignal }).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'RepositoryNotFoundException') {
        throw new TypedError('TargetMissing', `There is no ECR repository ${where}.`);
      }
      throw asTypedError(error, `ecr:DescribeRepositories of ${where}`);
    });
    const mutability = answer.repositories?.[0]?.imageTagMutability ?? 'MUTABLE';
    return {
      found: `${where}, tags ${mutability}`,
      value: true,
      fix: mutability.startsWith('IMMUTABLE')
        ? undefined
        : `Make its tags immutable, so that a commit's image stays that commit's: aws ecr put-image-tag-mutability --repository-name ${repository} --region ${region} --image-tag-mutability IMMUTABLE`,
    };
  });
  if (there === undefined) {
    skip('images', `because of ${CHECK}`);
    return;
  }
  await check('images', async (signal) => {
    const name = { repository, region, commit, ...(account !== undefined && { account }) };
    const image = await findReleased(ecr, name, signal);
    await registryAuthorization(ecr, name, signal);
    const found = image === null ? 'has no image yet' : `is ${image.digest}`;
    return { found: `can be read; commit ${shortCommit(commit)} ${found}`, value: true };
  });
}
