import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TypedError } from '../../model/failures';
import { shortCommit } from '../../model/commit';
import type { ImageInput, ReleasedImage } from '../../model/image';
import type { Policy } from '../../model/policy/policy';
import type { AwsClients } from '../aws/clients';
import { whileHeartbeating } from '../heartbeating';
import type { Progress } from '../heartbeating';
import type { BuildContext, BuiltImage } from './builder';
import { destinationOf } from './destination';
import { buildFromDockerfile } from './dockerfile/build';
import { findReleased } from './ecr';
import { pack } from './pack/pack';
import { publish } from './publish';
import { inOwnDirectory } from './workspace';

export interface ImageDependencies {
  clients: Pick<AwsClients, 'ecr' | 'as'>;
  /** Where there is one it alone says which repository a project has, and which role pushes to it. */
  policy?: Policy | undefined;
  /** Absolute directory for checkouts, scratch files and the builders' caches. */
  workDir: string;
  /** Absolute directory for the builds' whole output. */
  logDir: string;
  /** How `bin/guard.mjs` is run. */
  guard: readonly string[];
  /** Puts exactly that commit into the empty `directory`, and answers the hash of its tree. */
  checkout: (
    input: { repository: string; commit: string; treeHash: string; directory: string },
    signal: AbortSignal,
  ) => Promise<string>;
}

export interface ImageActivities {
  findImage: (input: ImageInput) => Promise<ReleasedImage | null>;
  buildImage: (input: ImageInput) => Promise<ReleasedImage>;
  packageOnly: (input: ImageInput) => Promise<{ digest: string }>;
}

export function createImageActivities(deps: ImageDependencies): ImageActivities {
  return {
    /** Looks for an image that carries the commit as its tag. Only reads. */
    findImage: (input) =>
      whileHeartbeating(`looking for ${input.image.repository}:${shortCommit(input.commit)}`, ({ signal }) => {
        const { ecr, name } = destinationOf(deps, input);
        return findReleased(ecr, name, signal);
      }),

    /**
     * Builds the image of the commit and pushes it by that one tag; one that is there already is taken as it is. Safe to
     * retry: an attempt that was cut off after its push is found by the next one.
     */
    buildImage: (input) =>
      whileHeartbeating(`looking for ${input.image.repository}:${shortCommit(input.commit)}`, async (progress) => {
        const { ecr, name } = destinationOf(deps, input);
        const found = await findReleased(ecr, name, progress.signal);
        if (found !== null) return found;
        return await withBuiltImage(deps, input, progress, (image) => {
          progress.say(`pushing ${input.image.repository}:${shortCommit(input.commit)}`);
          return publish(ecr, name, image, progress.signal);
        });
      }),

    /**
     * Builds as `buildImage` does, and throws the result away: for pull requests. Asks nothing of AWS and needs no
     * credentials. The digest is the builder's (see `BuiltImage`), not necessarily that of a pushed image.
     */
    packageOnly: (input) =>
      whileHeartbeating(`building ${input.image.repository}`, (progress) =>
        withBuiltImage(deps, input, progress, ({ digest }) => Promise.resolve({ digest })),
      ),
  };
}

async function withBuiltImage<T>(
  { workDir, logDir, guard, checkout }: ImageDependencies,
  input: ImageInput,
  progress: Progress,
  work: (image: BuiltImage) => Promise<T>,
): Promise<T> {
  const { repository, commit, treeHash, workspace } = input;
  const { signal } = progress;
  await mkdir(logDir, { recursive: true });
  return await inOwnDirectory(join(workDir, 'images'), `${shortCommit(commit)}-`, async (directory) => {
    const [source, scratch] = [join(directory, 'source'), join(directory, 'scratch')];
    await Promise.all([mkdir(source), mkdir(scratch)]);
    progress.say(`fetching ${shortCommit(commit)}`);
    const tree = await checkout({ repository, commit, treeHash, directory: source }, signal);
    if (tree !== treeHash) {
      throw new TypedError(
        'SourceRefused',
        `The image would be built from tree ${tree} of commit ${commit}, but the gates saw tree ${treeHash}.`,
      );
    }
    progress.say(`building ${input.image.repository}:${shortCommit(commit)} with ${input.image.build.builder}`);
    const log = join(logDir, `${workspace.replace(/[^\w.-]/g, '_')}-image.log`);
    const image = await build({ input, source, scratch, log, guard, cache: join(workDir, 'builders'), signal });
    try {
      return await work(image);
    } finally {
      await image.dispose();
    }
  });
}

/** Only what `release.yml` names counts, never what happens to be installed. */
function build(context: BuildContext): Promise<BuiltImage> {
  const spec = context.input.image.build;
  return spec.builder === 'pack' ? pack(spec, context) : buildFromDockerfile(spec, context);
}
