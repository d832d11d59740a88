import { githubApi } from '../activities/notify/github-api';
import type { GitHubApp } from '../activities/notify/github-app';
import { installationTokens } from '../activities/notify/installation-token';
import type { GitHubStatuses } from '../activities/notify/statuses';
import { githubStatuses } from '../activities/notify/statuses';

/** How this worker tells GitHub of releases. */
export interface GitHubReports {
  /** Absent on a worker that only lets others report: the key is nobody's but theirs. */
  app?: GitHubApp | undefined;
  /** Of GitHub's REST API, without a final slash. */
  apiUrl: string;
  /** Of Temporal's UI, without a final slash. */
  uiUrl?: string | undefined;
}

export function githubOf(app: GitHubApp, apiUrl: string): GitHubStatuses {
  const api = githubApi(apiUrl);
  return githubStatuses({ api, tokens: installationTokens(api, app) });
}
