import type { JsonObject } from '../../../local/aws/contract';
import type { Deployed } from '../../../local/iam/template';
import { deployTemplate } from '../../../local/iam/template';
import type { RoleSettings } from '../../../local/iam/settings';
import { parseReleaseConfig } from '../../../model/config/parse';
import { subjectOfPolicy } from '../../../model/iam/subject';
import { templateFor } from '../../../model/iam/template';
import { parsePolicy } from '../../../model/policy/parse';
import { runCli } from '../../client/commands/cli';
import { WORKER } from './account';
import { ACCOUNT, REGION, REPOSITORY, TASK_ROLES } from './files';

const PLACE = { accountId: ACCOUNT, region: REGION };

/** What `sluice iam` prints in this folder, as JSON. */
export async function printed(cwd: string, ...args: string[]): Promise<JsonObject> {
  const run = await runCli(['iam', '--json', ...args], { cwd });
  if (run.exitCode !== 0) throw new Error(run.stderr);
  return run.json()[0] as JsonObject;
}

/** The template of a project's workers. */
export function printedFor(cwd: string, project: string, release: string): Promise<JsonObject> {
  return printed(cwd, '--policy', 'policy.yml', '--release', release, '--project', project);
}

/** The same as `workerRolesOf`, at once and without the command: for the names of tests. */
export function expectedWorkerRoles(policyText: string, releaseText: string): RoleSettings[] {
  const [policy, release] = [parsePolicy(policyText, 'policy.yml'), parseReleaseConfig(releaseText, 'release.yml')];
  const project = policy.ok ? policy.policy.projects[0] : undefined;
  if (project === undefined || !release.ok) throw new Error('the files of the stage are wrong');
  const template = templateFor(subjectOfPolicy(project, release.config), { for: ['images', 'deployer'] });
  return deployTemplate(template as unknown as JsonObject, workerParameters(), PLACE).roles;
}

/** The roles of a project's workers, as its policy.yml (in this folder) and release.yml say. */
export async function workerRolesOf(cwd: string, project: string, release: string): Promise<Deployed> {
  return deployTemplate(await printedFor(cwd, project, release), workerParameters(), PLACE);
}

/** The template of the role for a job of GitHub Actions. */
export function printedForGithub(cwd: string, release: string): Promise<JsonObject> {
  const { owner, name, id, ownerId } = REPOSITORY;
  const repository = ['--repository', `${owner}/${name}`, '--repository-id', id, '--repository-owner-id', ownerId];
  return printed(cwd, '--release', release, ...repository);
}

/** The one role of a job of GitHub Actions. */
export async function githubRoleOf(cwd: string, release: string): Promise<Deployed> {
  return deployTemplate(await printedForGithub(cwd, release), taskParameters(), PLACE);
}

/** Families and log groups have their default names; what tasks run as is for people to say. */
function taskParameters(): Record<string, string> {
  return { ProductionTaskRoles: TASK_ROLES.join(',') };
}

function workerParameters(): Record<string, string> {
  return { ...taskParameters(), ImagesWorkerArn: WORKER, DeployerWorkerArn: WORKER };
}
