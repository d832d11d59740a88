import { unverifiedRefused } from '../config/approval-schema';
import { readConfig } from '../config/read-config';
import type { CrossProblem } from '../config/read-config';
import type { ConfigProblem } from '../config/release-config';
import { resolveEnvironment } from '../config/resolve';
import type { SecretRule } from '../gates/secrets';
import { gateTools } from '../gates/tools';
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
  const format = { schema: policyFileSchema, crossChecks, resolve, docs: 'docs/policy-yml.md' };
  const read = readConfig(text, file, format);
  return read.ok ? { ok: true, policy: read.config } : read;
}

function resolve({ projects, tools, 'gateway-keys': gatewayKeys }: PolicyFile): Policy {
  return {
    ...(gatewayKeys && { gatewayKeys }),
    projects: Object.entries(projects).map(([name, spec]) => resolveProject(name, spec)),
    ...(tools && { tools: gateTools(tools) }),
  };
}

function crossChecks(file: PolicyFile): CrossProblem[] {
  if (file['gateway-keys'] !== undefined) return claimsTwice(file);
  const places = Object.entries(file.projects).flatMap(([project, { environments }]) =>
    unverifiedRefused(environments).map((path) => ['projects', project, ...path]),
  );
  const message =
    'no decision could ever be verified: name the keys of your gateways in `gateway-keys`, or leave this out';
  return [...places.map((path) => ({ path, message })), ...claimsTwice(file)];
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
    ...(file.secrets && { secrets: secretRules(file.secrets) }),
    imageRepository: image.repository,
    imageRegion: image.region ?? environments[0]?.region ?? '',
    ...(image.role !== undefined && { imageRole: image.role }),
    ...(account !== undefined && { imageAccount: account }),
    environments,
  };
}

function secretRules(given: NonNullable<ProjectInFile['secrets']>): Record<string, SecretRule> {
  const rules = Object.entries(given).map(([name, { host, checks }]): [string, SecretRule] => [
    name,
    { ...(host !== undefined && { host }), ...(checks === true && { checks }) },
  ]);
  return Object.fromEntries(rules);
}

function requiredGate(name: string, given: ProjectInFile['required-gates'][string]): RequiredGate {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { name, kind: given.kind, ...Object.fromEntries(said) };
}

function resolveOwned(name: string, file: ProjectInFile['environments'][string]): EnvironmentPolicy {
  const { role, 'github-environment': githubEnvironment, 'allow-admin': allowAdmin, ...environment } = file;
  return {
    ...resolveEnvironment(name, environment),
    ...(githubEnvironment !== undefined && { githubEnvironment }),
    ...(role !== undefined && { role }),
    ...(allowAdmin && { allowAdmin }),
  };
}
