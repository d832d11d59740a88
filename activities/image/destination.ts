import type { ECRClient } from '@aws-sdk/client-ecr';
import { TypedError } from '../../model/failures';
import type { ImageInput } from '../../model/image';
import type { Policy, ProjectPolicy } from '../../model/policy/policy';
import { projectOf } from '../../model/policy/policy';
import type { AwsClients } from '../aws/clients';
import { sessionName } from '../aws/identity';
import type { ImageName } from './ecr';

export interface Destination {
  ecr: ECRClient;
  name: ImageName;
}

/**
 * Where an image goes, and with which identity: by the policy, where there is one, as the release's own. Throws
 * `PolicyRefused` for a project or a repository that it does not have.
 */
export function destinationOf(
  { clients, policy }: { clients: Pick<AwsClients, 'ecr' | 'as'>; policy?: Policy | undefined },
  input: ImageInput,
): Destination {
  const { image, commit, workspace } = input;
  const name: ImageName = { repository: image.repository, region: image.region, commit };
  if (policy === undefined) return { ecr: clients.ecr(name.region), name };
  const { imageRole: role, imageRegion: region, imageAccount: account } = ownerOf(policy, input);
  const owner = role === undefined ? clients : clients.as({ role, session: sessionName(workspace) });
  return { ecr: owner.ecr(region), name: { ...name, region, ...(account !== undefined && { account }) } };
}

function ownerOf(policy: Policy, { project: name, image: { repository } }: ImageInput): ProjectPolicy {
  const project = projectOf(policy, name);
  if (project === undefined) throw new TypedError('PolicyRefused', `the policy has no project ${name}`);
  if (project.imageRepository === repository) return project;
  throw new TypedError(
    'PolicyRefused',
    `images of project ${name} go to ${project.imageRepository} by the policy, not to ${repository}`,
  );
}
