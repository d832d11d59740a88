import { readConfig } from '../config/read-config';
import type { ConfigProblem } from '../config/release-config';
import { resolveEnvironment } from '../config/resolve';
import { claimsTwice } from './claims';
import { accountOf } from './policy';
import type { EnvironmentPolicy, Policy, ProjectPolicy, RequiredGate } from './policy';
import { policyFileSchema } from './schema';
import type { PolicyFile, ProjectInFile } from './schema';

export type ParsedPolicy = { ok: true; policy: Policy } | { ok: false; problems: ConfigProblem[] };

/**
 * Reads the text of a `policy.yml`; `file` is its name in messages. Never throws. At most 25 problems, in the order of
 * the file.
 */
export function parsePolicy(text: string, file: string): ParsedPolicy {
  const format = { schema: policyFileSchema, crossChecks: claimsTwice, resolve, docs: 'docs/policy-yml.md' };
  const read = readConfig(text, file, format);
  return read.ok ? { ok: true, policy: read.config } : read;
}

function resolve({ projects }: PolicyFile): Policy {
  return { projects: Object.entries(projects).map(([name, spec]) => resolveProject(name, spec)) };
}

function resolveProject(name: string, file: ProjectInFile): ProjectPolicy {
  const { repository, branch, events, workflow, runners, image } = file;
  const environments = Object.entries(file.environments).map(([each, spec]) => resolveOwned(each, spec));
  const account = image.account ?? accountOf(image.role);
  return {
    project: name,
    repository,
    repositoryId: file['repository-id'],
    repositoryOwnerId: file['repository-owner-id'],
    branch,
    events,
    workflow,
    runners,
    requiredGates: Object.entries(file['required-gates']).map(([gate, spec]) => requiredGate(gate, spec)),
    imageRepository: image.repository,
    imageRegion: image.region ?? environments[0]?.region ?? '',
    ...(image.role !== undefined && { imageRole: image.role }),
    ...(account !== undefined && { imageAccount: account }),
    environments,
  };
}

function requiredGate(name: string, { kind, coverage }: ProjectInFile['required-gates'][string]): RequiredGate {
  return { name, kind, ...(coverage !== undefined && { coverage }) };
}

function resolveOwned(name: string, file: ProjectInFile['environments'][string]): EnvironmentPolicy {
  const { role, 'github-environment': githubEnvironment, ...environment } = file;
  return {
    ...resolveEnvironment(name, environment),
    ...(githubEnvironment !== undefined && { githubEnvironment }),
    ...(role !== undefined && { role }),
  };
}
