import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseReleaseConfig } from '../../model/config/parse';
import type { ReleaseConfig } from '../../model/config/release-config';
import type { Template } from '../../model/iam/cloudformation';
import { subjectOfPolicy, subjectOfRelease } from '../../model/iam/subject';
import type { IamSubject } from '../../model/iam/subject';
import { RECIPIENTS, templateFor } from '../../model/iam/template';
import type { Recipient, TemplateOptions } from '../../model/iam/template';
import { templateText } from '../../model/iam/template-text';
import { IamProblem } from '../../model/iam/worker-roles';
import { EXIT } from '../../model/outcome';
import { parsePolicy } from '../../model/policy/parse';
import type { ProjectPolicy } from '../../model/policy/policy';
import { ConfigError } from '../config-error';
import { messageOf, usageError } from '../errors';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled } from './handled';
import { examples } from './help';
import { showComparison } from './iam-comparison';

const DEFAULT_RELEASE_FILE = 'release.yml';
const [SHORTEST_HOURS, LONGEST_HOURS] = [1, 12];
const SECONDS_IN_HOUR = 3600;

interface IamOptions extends GlobalOptions {
  policy?: string;
  release?: string;
  project?: string;
  for?: Recipient[];
  environment?: string[];
  repository?: { owner: string; name: string };
  repositoryId?: string;
  repositoryOwnerId?: string;
  githubEnvironment?: string;
  baseRepository?: string[];
  sessionHours?: number;
  compare?: string;
}

export function registerIam(program: Command, deps: CliDeps): void {
  program
    .command('iam')
    .description('print the AWS roles that a project needs, as a CloudFormation template')
    .option('--policy <file>', 'policy.yml of whoever runs the workers')
    .option('--release <file>', `release.yml (default: ${DEFAULT_RELEASE_FILE}, where no policy is given)`)
    .option('--project <name>', 'the project of the policy, where it has several')
    .addOption(
      new Option(
        '--for <who...>',
        'whose roles: workers (the default with a policy) or a job of GitHub Actions',
      ).choices(RECIPIENTS),
    )
    .option('--environment <name...>', 'only these environments')
    .option('--repository <owner/name>', 'the GitHub repository', ownerAndName)
    .option('--repository-id <number>', 'gh api repos/OWNER/NAME --jq .id', githubNumber)
    .option('--repository-owner-id <number>', 'gh api repos/OWNER/NAME --jq .owner.id', githubNumber)
    .option('--github-environment <name>', 'the GitHub environment that the job names')
    .option('--base-repository <name...>', 'ECR repositories that images are built on, beside the one in release.yml')
    .option('--session-hours <n>', `longest session for GitHub, ${SHORTEST_HOURS} to ${LONGEST_HOURS}`, hours)
    .option(
      '--compare <file>',
      'hold the roles against a CloudTrail export; exit 1 if something was used and not granted',
    )
    .addHelpText(
      'after',
      examples(
        'sluice iam --policy policy.yml > roles.yml',
        'sluice iam --for github --repository acme/shop --repository-id 22 --repository-owner-id 11 > role.yml',
        'sluice iam --policy policy.yml --compare cloudtrail.json',
      ),
    )
    .action(handled(deps, (options: IamOptions) => iam(deps, options)));
}

async function iam(deps: CliDeps, options: IamOptions): Promise<number> {
  const { sessionHours, compare: file, json } = options;
  const recipients =
    options.for ?? (options.policy === undefined ? ['github' as const] : ['images' as const, 'deployer' as const]);
  const template = templateOf(await subjectOf(deps, options), {
    for: recipients,
    someEnvironments: options.environment !== undefined,
    ...(sessionHours === undefined ? {} : { sessionSeconds: sessionHours * SECONDS_IN_HOUR }),
  });
  if (file !== undefined) return showComparison(template, { file, text: await read(deps, file) }, deps.stdout, json);
  if (json) writeJson(deps.stdout, template);
  else deps.stdout.write(templateText(template));
  return EXIT.ok;
}

function templateOf(subject: IamSubject, options: TemplateOptions): Template {
  try {
    return templateFor(subject, options);
  } catch (error) {
    throw error instanceof IamProblem ? usageError(error.message, error) : error;
  }
}

/** What the files say, and what the command line adds to it. */
async function subjectOf(deps: CliDeps, options: IamOptions): Promise<IamSubject> {
  const { policy, release = policy === undefined ? DEFAULT_RELEASE_FILE : undefined, githubEnvironment } = options;
  const config = release === undefined ? undefined : await releaseIn(deps, release);
  const said =
    policy === undefined
      ? undefined
      : projectIn(await policyIn(deps, policy), policy, options.project ?? config?.project);
  const subject = said === undefined ? releaseSubject(config) : subjectOfPolicy(said, config);
  const names = options.environment ?? subject.environments.map(({ name }) => name);
  const unknown = names.filter((name) => !subject.environments.some((environment) => environment.name === name));
  if (unknown.length > 0 || names.length === 0) {
    const known = subject.environments.map(({ name }) => name).join(', ') || 'none';
    throw usageError(`There is no environment ${unknown.join(', ') || 'to grant anything in'}; there are: ${known}.`);
  }
  const { repositoryId: id, repositoryOwnerId: ownerId, repository, baseRepository = [] } = options;
  return {
    ...subject,
    repository: {
      ...subject.repository,
      ...repository,
      ...(id !== undefined && { id }),
      ...(ownerId !== undefined && { ownerId }),
    },
    images: { ...subject.images, bases: [...new Set([...subject.images.bases, ...baseRepository])] },
    environments: subject.environments
      .filter(({ name }) => names.includes(name))
      .map((environment) => ({ ...environment, ...(githubEnvironment !== undefined && { githubEnvironment }) })),
  };
}

function releaseSubject(config: ReleaseConfig | undefined): IamSubject {
  if (config === undefined) throw usageError('Name a policy.yml or a release.yml.');
  return subjectOfRelease(config);
}

async function releaseIn(deps: CliDeps, file: string): Promise<ReleaseConfig> {
  const parsed = parseReleaseConfig(await read(deps, file), file);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed.config;
}

async function policyIn(deps: CliDeps, file: string): Promise<ProjectPolicy[]> {
  const parsed = parsePolicy(await read(deps, file), file);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed.policy.projects;
}

function projectIn(projects: readonly ProjectPolicy[], file: string, name: string | undefined): ProjectPolicy {
  const [only, ...more] = name === undefined ? projects : projects.filter(({ project }) => project === name);
  if (only !== undefined && more.length === 0) return only;
  const known = projects.map(({ project }) => project).join(', ');
  throw usageError(
    `${file} has ${only === undefined ? `no project ${name ?? ''}` : 'several projects'}: name one with --project (${known}).`,
  );
}

async function read({ cwd }: CliDeps, file: string): Promise<string> {
  return readFile(path.resolve(cwd, file), 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw usageError(
      missing ? `There is no ${file} in ${cwd}.` : `${file} cannot be read (${messageOf(error)}).`,
      error,
    );
  });
}

function ownerAndName(text: string): { owner: string; name: string } {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new InvalidArgumentError('Give OWNER/NAME.');
}

function githubNumber(text: string): string {
  if (/^[1-9]\d{0,18}$/.test(text)) return text;
  throw new InvalidArgumentError('Give a whole number.');
}

function hours(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= SHORTEST_HOURS && value <= LONGEST_HOURS) return value;
  throw new InvalidArgumentError(`Give a whole number from ${SHORTEST_HOURS} to ${LONGEST_HOURS}.`);
}
