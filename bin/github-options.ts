import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { appKey } from '../activities/notify/github-app';
import type { CliDeps } from '../client/commands/deps';
import { messageOf, usageError } from '../client/errors';
import { isTrustedTransport } from '../client/gateway/issuer';
import type { Role } from '../model/queues';
import type { GitHubReports } from '../worker/github';

export interface GitHubOptions {
  githubApp?: string;
  githubAppKey?: string;
  githubApi?: string;
  uiUrl?: string;
}

const GITHUB_API = 'https://api.github.com';
/** A number, or a client id such as Iv23liAbC123. */
const APP_ID = /^[\w.-]{1,64}$/;

export function addGitHubOptions(command: Command): Command {
  return command
    .option('--github-app <id>', 'report to GitHub as this App: its id or client id ($SLUICE_GITHUB_APP)')
    .option('--github-app-key <file>', "the App's private key, for the role notify ($SLUICE_GITHUB_APP_KEY_FILE)")
    .option('--github-api <url>', `GitHub's REST API ($SLUICE_GITHUB_API; default: ${GITHUB_API})`)
    .option('--ui-url <url>', "Temporal's UI, for links to releases ($SLUICE_UI_URL)");
}

/**
 * How GitHub is told of releases; undefined where it is not. The key is read by the role `notify` alone (all roles: by
 * this process). Throws a ClientError (exit 2) for what does not fit together. `roles` is undefined where none was named.
 */
export async function githubReports(
  { cwd, env }: Pick<CliDeps, 'cwd' | 'env'>,
  options: GitHubOptions,
  roles: readonly Role[] | undefined,
): Promise<GitHubReports | undefined> {
  const given = (option: string | undefined, variable: string): string | undefined => {
    const value = option ?? env[variable];
    // Compose files and service units set a variable to nothing where they mean that it is not set.
    return value === '' ? undefined : value;
  };
  const id = given(options.githubApp, 'SLUICE_GITHUB_APP');
  const keyFile = given(options.githubAppKey, 'SLUICE_GITHUB_APP_KEY_FILE');
  const notifies = roles?.includes('notify') ?? true;
  if (id === undefined) {
    if (roles?.includes('notify') === true || keyFile !== undefined)
      throw usageError('Say as which GitHub App to report: --github-app, or SLUICE_GITHUB_APP.');
    return undefined;
  }
  if (!APP_ID.test(id)) throw usageError(`\`${id}\` is not the id of a GitHub App: give its number or its client id.`);
  const apiUrl = urlOf(given(options.githubApi, 'SLUICE_GITHUB_API') ?? GITHUB_API, "GitHub's REST API");
  const ui = given(options.uiUrl, 'SLUICE_UI_URL');
  const reports: GitHubReports = { apiUrl, ...(ui !== undefined && { uiUrl: uiOf(ui) }) };
  if (!notifies) return reports;
  if (keyFile === undefined)
    throw usageError(
      'Give the private key of the GitHub App: --github-app-key, or SLUICE_GITHUB_APP_KEY_FILE. A worker without the role notify needs none.',
    );
  return { ...reports, app: { id, key: await keyIn(path.resolve(cwd, keyFile)) } };
}

async function keyIn(file: string) {
  try {
    return appKey(await readFile(file, 'utf8'));
  } catch (error) {
    throw usageError(`The key ${file} cannot be used: ${messageOf(error)}.`, error);
  }
}

/** Tokens go there: nobody may be in between. */
function urlOf(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isTrustedTransport(url) || url.username !== '' || url.password !== '' || /[?#]/.test(text))
    throw usageError(
      `\`${text}\` is not the URL of ${what}: give an https: URL, such as ${GITHUB_API} or https://HOST/api/v3.`,
    );
  return text.replace(/\/+$/, '');
}

/** A link only: nothing is sent there. */
function uiOf(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw usageError(`\`${text}\` is not the URL of Temporal's UI: give one such as https://temporal.example.com.`);
  return text.replace(/\/+$/, '');
}
