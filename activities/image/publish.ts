import { setTimeout as delay } from 'node:timers/promises';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { TypedError } from '../../model/failures';
import type { ReleasedImage } from '../../model/image';
import type { BuiltImage } from './builder';
import { findReleased, registryAuthorization, repositoryUri } from './ecr';
import type { ImageName } from './ecr';
import { RegistryRefusal } from './registry/request';

const LOOKS_AFTER_PUSH = 5;
const BETWEEN_LOOKS_MS = 500;

/**
 * Pushes a built image under the commit's tag, unless somebody else was faster: then theirs is taken, and never
 * overwritten. (On a repository with mutable tags a moment remains between the look and the push; make tags immutable.)
 *
 * Throws `ImagePush` with the registry's own words when it refuses, or when its tag does not say what was pushed.
 */
export async function publish(
  ecr: ECRClient,
  name: ImageName,
  image: BuiltImage,
  signal: AbortSignal,
): Promise<ReleasedImage> {
  const faster = await findReleased(ecr, name, signal);
  if (faster !== null) return faster;
  const uri = await repositoryUri(ecr, name, signal);
  const [host = '', ...path] = uri.split('/');
  const access = { host, authorization: await registryAuthorization(ecr, name, signal) };
  let digest: string;
  try {
    digest = await image.push({ access, repositoryUri: uri, repository: path.join('/'), tag: name.commit });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const winner = await findReleased(ecr, name, signal); // an immutable tag refuses the second push
    if (winner !== null) return winner;
    if (error instanceof TypedError) throw error;
    throw new TypedError('ImagePush', `The push of ${uri}:${name.commit} was refused: ${error.message}.`, {
      cause: error,
    });
  }
  return await confirm(ecr, name, digest, signal);
}

async function confirm(ecr: ECRClient, name: ImageName, digest: string, signal: AbortSignal): Promise<ReleasedImage> {
  for (let look = 1; look <= LOOKS_AFTER_PUSH; look += 1) {
    const stored = await findReleased(ecr, name, signal);
    if (stored?.digest === digest) return { ...stored, reused: false };
    if (stored !== null) {
      throw new TypedError(
        'ImagePush',
        `${stored.repositoryUri}:${name.commit} is ${stored.digest}, but ${digest} was pushed: somebody else moved the tag.`,
      );
    }
    await delay(BETWEEN_LOOKS_MS, undefined, { signal });
  }
  throw new TypedError(
    'Unavailable',
    `ECR does not list ${name.repository}:${name.commit} in ${name.region}, although the push of ${digest} succeeded.`,
  );
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RegistryRefusal || (error instanceof TypedError && error.type === 'ImagePush');
}
