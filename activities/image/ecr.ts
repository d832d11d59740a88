import { DescribeImagesCommand, DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { DescribeImagesCommandInput, ECRClient, ImageDetail } from '@aws-sdk/client-ecr';
import { TypedError } from '../../model/failures';
import type { ReleasedImage } from '../../model/image';
import { asTypedError } from '../aws/errors';

/** The tag that a commit has, or would have. */
export interface ImageName {
  repository: string;
  region: string;
  commit: string;
  /** Account of the repository, where it is not that of whoever asks. */
  account?: string;
}

/**
 * The URI of an ECR repository, `HOST/repository`: also where there is no ECR behind the account's usual host name.
 * Only reads. Throws `TargetMissing` when the repository does not exist, else as `asTypedError` says.
 */
export async function repositoryUri(
  ecr: ECRClient,
  { repository, region, account }: ImageName,
  signal: AbortSignal,
): Promise<string> {
  const command = new DescribeRepositoriesCommand({
    repositoryNames: [repository],
    ...(account !== undefined && { registryId: account }),
  });
  const answer = await ecr.send(command, { abortSignal: signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw missingOr(error, `ecr:DescribeRepositories of ${repository} in ${region}`, repository, region);
  });
  const uri = answer.repositories?.[0]?.repositoryUri;
  if (uri === undefined)
    throw new TypedError('TargetMissing', `ECR names no URI for repository ${repository} in ${region}.`);
  return uri;
}

/**
 * The image that carries the full commit as its tag, or null. Only reads, so it can be asked as often as one likes.
 * Throws `TargetUnsuitable` for an archived image (it is listed, but cannot be pulled), `TargetMissing` for a missing repository.
 */
export async function findReleased(
  ecr: ECRClient,
  name: ImageName,
  signal: AbortSignal,
): Promise<ReleasedImage | null> {
  const uri = await repositoryUri(ecr, name, signal);
  const image = await describeImage(ecr, name, signal);
  if (image?.imageDigest === undefined) return null;
  const { imageDigest: digest, imageStatus } = image;
  if (imageStatus !== undefined && imageStatus !== 'ACTIVE') {
    throw new TypedError(
      'TargetUnsuitable',
      `Image ${uri}:${name.commit} is ${imageStatus.toLowerCase()} and cannot be pulled; ` +
        'restore it to the standard storage class (or delete it, to have it built again) and release again.',
    );
  }
  return { repositoryUri: uri, tag: name.commit, digest, reference: `${uri}@${digest}`, reused: true };
}

/**
 * A registry token of this region's ECR as the value of an Authorization header; valid for up to 12 hours, so asked for
 * right before it is used and kept nowhere.
 */
export async function registryAuthorization(
  ecr: ECRClient,
  { region }: ImageName,
  signal: AbortSignal,
): Promise<string> {
  const answer = await ecr
    .send(new GetAuthorizationTokenCommand({}), { abortSignal: signal })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw asTypedError(error, `ecr:GetAuthorizationToken in ${region}`);
    });
  const token = answer.authorizationData?.[0]?.authorizationToken;
  if (token === undefined) throw new TypedError('Unavailable', `ECR in ${region} gave no authorization token.`);
  return `Basic ${token}`;
}

async function describeImage(ecr: ECRClient, name: ImageName, signal: AbortSignal): Promise<ImageDetail | undefined> {
  const ask = async (filter?: DescribeImagesCommandInput['filter']) => {
    const command = new DescribeImagesCommand({
      repositoryName: name.repository,
      ...(name.account !== undefined && { registryId: name.account }),
      imageIds: [{ imageTag: name.commit }],
      ...(filter && { filter }),
    });
    try {
      return (await ecr.send(command, { abortSignal: signal })).imageDetails?.[0];
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && error.name === 'ImageNotFoundException') return undefined;
      const what = `ecr:DescribeImages of ${name.repository}:${name.commit} in ${name.region}`;
      throw missingOr(error, what, name.repository, name.region);
    }
  };
  // Without a filter ECR may leave archived images out, and a tag that exists would be built again.
  return (await ask()) ?? (await ask({ imageStatus: 'ANY' }).catch(ignoreUnknownFilter));
}

/** The filter is younger than the action: where it is not known there are no archived images either. */
function ignoreUnknownFilter(error: unknown): undefined {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error && cause.name === 'InvalidParameterException') return undefined;
  throw error;
}

function missingOr(error: unknown, what: string, repository: string, region: string): TypedError {
  if (error instanceof Error && error.name === 'RepositoryNotFoundException') {
    return new TypedError('TargetMissing', `There is no ECR repository ${repository} in ${region}.`, { cause: error });
  }
  return asTypedError(error, what);
}
