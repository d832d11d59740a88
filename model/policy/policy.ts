import type { GateKindName, Requirements } from '../gates/kinds';
import type { SecretRule } from '../gates/secrets';
import type { GateTools } from '../gates/tools';
import type { EnvironmentSpec } from '../plan';

/** What `policy.yml` says, with every default filled in: the word of whoever runs the workers (design section 5). */
export interface Policy {
  /** Public keys (Ed25519, base64 of SubjectPublicKeyInfo in DER) of gateways whose signed decisions are believed; absent: none are. */
  gatewayKeys?: string[];
  projects: ProjectPolicy[];
  /** Programs that gates start. */
  tools?: GateTools;
}

export interface ProjectPolicy {
  /** Name of the project; release.yml must carry the same. */
  project: string;
  /** Where workers fetch the repository; a request for another one is refused. */
  repository: string;
  /** GitHub's own numbers, as text: names can be given to others, numbers cannot. */
  repositoryId: string;
  repositoryOwnerId: string;
  /** The branch that alone may deploy. */
  branch: string;
  /** GitHub's events that may deploy. */
  events: string[];
  /**
   * The workflow that may deploy: `.github/workflows/release.yml` of this repository, or a reusable one as
   * `owner/repository/.github/workflows/release.yml`, on its branch of the same name unless `@REF` says otherwise.
   */
  workflow: string;
  runners: 'github-hosted' | 'any';
  /** Secrets that gates of this project may name. */
  secrets?: Record<string, SecretRule>;
  /** Gates that release.yml must have, by name, each of this kind. */
  requiredGates: RequiredGate[];
  /** Role that the image builder assumes to push; absent: the worker's own identity. */
  imageRole?: string;
  /** ECR repository that images of this project go to. */
  imageRepository: string;
  imageRegion: string;
  /** Account of that repository; absent: that of whoever asks. */
  imageAccount?: string;
  environments: EnvironmentPolicy[];
}

/** A gate that release.yml must have, and what it must ask for at least: what `model/gates/` says for its kind. */
export interface RequiredGate extends Requirements {
  name: string;
  kind: GateKindName;
}

/** An environment as its owner defines it; release.yml has no say in it. */
export interface EnvironmentPolicy extends EnvironmentSpec {
  /** The GitHub environment that the job must name (claim `environment`); absent: any or none. */
  githubEnvironment?: string;
  /** Role that the deployer assumes for this environment; absent: the worker's own identity. */
  role?: string;
  /** Whether it may be released to with an identity that carries AdministratorAccess or PowerUserAccess. */
  allowAdmin?: boolean;
}

export function projectOf(policy: Policy, name: string): ProjectPolicy | undefined {
  return policy.projects.find(({ project }) => project === name);
}

/** The environment as a plan has it: which role it is released with, and from where, is nobody else's business. */
export function environmentOf({
  role,
  githubEnvironment,
  allowAdmin,
  ...environment
}: EnvironmentPolicy): EnvironmentSpec {
  return environment;
}

/** The account of a role's ARN. */
export function accountOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split(':')[4];
}
