import { imageRegion } from '../../../model/make-plan';
import type { OwnersWord, Permit, StoredImage } from '../../../model/policy/deployment';
import type { Policy, ProjectPolicy } from '../../../model/policy/policy';
import { projectOf } from '../../../model/policy/policy';
import type { ServiceTarget } from '../../../model/target';
import type { RegionalClients } from '../../aws/clients';
import { findReleased } from '../../image/ecr';
import type { ImageName } from '../../image/ecr';
import { allowedHead, configAt } from '../../source/owners-word';
import type { AllowedHead } from '../../source/owners-word';
import type { Source } from '../../source/source';

export interface FactsDeps {
  source: Source;
  policy?: Policy | undefined;
  /** Of the identity that a target is touched with. */
  clientsOf: (target: ServiceTarget) => Pick<RegionalClients, 'ecr'>;
  /** What Git was asked at most so long ago need not be asked again. */
  knownForMs: number;
}

/** What the deployer finds out itself about one deployment; each is asked for once at most. */
export interface Facts {
  /** Null where the policy does not know the project. */
  owner(): Promise<OwnersWord | null>;
  onBranch(): Promise<boolean>;
  stored(): Promise<StoredImage | null>;
}

/** Rejects with SourceErrors and TypedErrors. */
export function factsOf(deps: FactsDeps, target: ServiceTarget, permit: Permit, signal: AbortSignal): Facts {
  const { policy } = deps;
  if (policy === undefined) return factsOfHead(deps, target, permit, signal);
  return factsOfPolicy(deps, projectOf(policy, target.scope.project), target, permit, signal);
}

function factsOfPolicy(
  { source, clientsOf, knownForMs }: FactsDeps,
  project: ProjectPolicy | undefined,
  target: ServiceTarget,
  { commit }: Permit,
  signal: AbortSignal,
): Facts {
  if (project === undefined) {
    return {
      owner: () => Promise.resolve(null),
      onBranch: () => Promise.resolve(false),
      stored: () => Promise.resolve(null),
    };
  }
  const { repository, branch, imageRepository, imageRegion, imageAccount: account } = project;
  const image = { repository: imageRepository, region: imageRegion, commit, ...(account !== undefined && { account }) };
  return {
    owner: () => Promise.resolve({ ...project, from: 'the policy' }),
    onBranch: once(async () =>
      source.isAncestor(repository, commit, await source.branchHead(repository, branch, signal, knownForMs), signal),
    ),
    stored: once(() => storedImage(clientsOf(target), image, signal)),
  };
}

/** Without a policy: release.yml at the head of the allowed branch; the image is named by the commit, once it is on it. */
function factsOfHead(
  { source, clientsOf, knownForMs }: FactsDeps,
  target: ServiceTarget,
  { repository, commit }: Permit,
  signal: AbortSignal,
): Facts {
  const asked = { source, repository, signal, knownForMs };
  const head = once(() => allowedHead(asked));
  return {
    owner: async () => ownersWord(await head(), repository),
    onBranch: once(async () => source.isAncestor(repository, commit, (await head()).commit, signal)),
    stored: once(async () => {
      const newest = await head();
      const { image } = newest.commit === commit ? newest.config : await configAt(asked, commit);
      const region = imageRegion(image, newest.config.environments);
      return storedImage(clientsOf(target), { repository: image.repository, region, commit }, signal);
    }),
  };
}

function ownersWord({ from, branch, config }: AllowedHead, repository: string): OwnersWord {
  return { from, branch, repository, project: config.project, environments: config.environments };
}

async function storedImage(
  clients: Pick<RegionalClients, 'ecr'>,
  name: ImageName,
  signal: AbortSignal,
): Promise<StoredImage | null> {
  const found = await findReleased(clients.ecr(name.region), name, signal);
  return found === null ? null : { reference: found.reference, digest: found.digest };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
