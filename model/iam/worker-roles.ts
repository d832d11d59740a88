import type { Json } from '../json';
import { roleName, roleOfArn, uniqueNames } from './names';
import { imageStatements, ownRoleStatements, withoutRepetition } from './statements';
import type { EnvironmentFacts, ImageFacts } from './subject';

/** Roles that cannot be made by one template; the message says what to do instead. */
export class IamProblem extends Error {}

/** One role that workers assume. */
export interface WorkerRole {
  /** Logical id in the template. */
  id: string;
  name: string;
  path: string;
  about: string;
  /** Parameters that name the workers, and for which zone each is. */
  workers: [parameter: string, zone: string][];
  statements: Json[];
}

/** A trust zone of workers, before it is known whether another one has the same role. */
export interface WorkerZone {
  recipient: 'images' | 'deployer';
  id: string;
  about: string;
  worker: [parameter: string, zone: string];
  /** ARN that policy.yml names. */
  arn: string | undefined;
  defaultName: string;
  statements: Json[];
}

export interface ProjectZones {
  environments: readonly EnvironmentFacts[];
  /** The statements of each environment's deployer. */
  deployers: readonly Json[][];
  images: ImageFacts;
}

/** The image builder's zone, and one for each environment. */
export function workerZones(project: string, { environments, deployers, images }: ProjectZones): WorkerZone[] {
  const ids = uniqueNames(environments.map(({ name }) => `deployer ${name}`));
  return [
    {
      recipient: 'images',
      id: 'Images',
      worker: ['ImagesWorkerArn', 'images'],
      arn: images.role,
      defaultName: roleName(project, 'images'),
      about: `Pushes images of ${project} to ECR.`,
      statements: imageStatements(images),
    },
    ...environments.map(({ name, role }, index): WorkerZone => ({
      recipient: 'deployer',
      id: ids[index] ?? '',
      worker: ['DeployerWorkerArn', 'deployments'],
      arn: role,
      defaultName: roleName(project, name, 'deployer'),
      about: `Deploys ${project} to ${name}.`,
      statements: deployers[index] ?? [],
    })),
  ];
}

/**
 * One role for each zone; for zones to which policy.yml gives the same role, one for all of them. Throws `IamProblem` for
 * roles of several accounts.
 */
export function workerRoles(zones: readonly WorkerZone[]): WorkerRole[] {
  refuseSeveralAccounts(zones);
  const shared = new Map<string, WorkerZone[]>();
  for (const zone of zones) {
    const key = zone.arn ?? zone.id;
    shared.set(key, [...(shared.get(key) ?? []), zone]);
  }
  return [...shared.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [merged(first, others)]));
}

function merged(first: WorkerZone, others: readonly WorkerZone[]): WorkerRole {
  const zones = [first, ...others];
  const { name, path } = first.arn === undefined ? { name: first.defaultName, path: '/' } : roleOfArn(first.arn);
  return {
    id: first.id,
    name,
    path,
    about: zones.map(({ about }) => about).join(' '),
    workers: [...new Map(zones.map(({ worker }) => worker)).entries()],
    statements: [
      ...withoutRepetition(zones.flatMap(({ statements }) => statements)),
      ...(zones.some(({ recipient }) => recipient === 'deployer') ? ownRoleStatements(path, name) : []),
    ],
  };
}

function refuseSeveralAccounts(zones: readonly WorkerZone[]): void {
  const byAccount = new Map<string, string[]>();
  for (const { arn, id } of zones) {
    if (arn === undefined) continue;
    const { account } = roleOfArn(arn);
    byAccount.set(account, [...(byAccount.get(account) ?? []), id]);
  }
  if (byAccount.size < 2) return;
  const which = [...byAccount].map(([account, ids]) => `${ids.join(' and ')} in ${account}`).join(', ');
  throw new IamProblem(
    `The roles are in several accounts (${which}): print one template for each, with --for and --environment.`,
  );
}
