import { isJsonObject, objectsOf, textOf } from '../../model/json';
import type { Json, JsonObject } from '../../model/json';
import { description, statusContext } from '../../model/report';
import type { CommitReport, DeploymentReport, ReportSubject } from '../../model/report';
import type { GitHubApi } from './github-api';
import { GitHubProblem } from './github-problem';
import type { InstallationTokens } from './installation-token';
import { pathOf } from './installation-token';

/** Deployments of one commit to one environment: there are never more worth looking at. */
const LOOK_AT = 100;
const TASK = 'deploy';

export interface GitHubDeps {
  api: GitHubApi;
  tokens: InstallationTokens;
}

/** A page about the release, where one is known. */
type Page = string | undefined;

/** GitHub as reports need it. Everything throws GitHubProblem. */
export function githubStatuses({ api, tokens }: GitHubDeps) {
  /** A token that was taken back is asked for again, once. */
  async function send(
    { repository }: ReportSubject,
    request: { method: 'GET' | 'POST'; path: string; body?: Json },
    signal?: AbortSignal,
  ): Promise<Json> {
    const path = `/repos/${pathOf(repository.name)}${request.path}`;
    const attempt = async (): Promise<Json> =>
      api.ask({ ...request, path, token: await tokens.of(repository, signal) }, signal);
    return attempt().catch((error: unknown) => {
      if (!(error instanceof GitHubProblem) || error.trouble.status !== 401) throw error;
      tokens.forget(repository);
      return attempt();
    });
  }

  return {
    /** Source: GitHub REST, "Create a commit status". Sent twice, it says the same twice. */
    async setCommitStatus(subject: ReportSubject, report: CommitReport, page: Page, signal?: AbortSignal) {
      const body = {
        state: report.state,
        context: statusContext(subject),
        description: description(report.description),
        ...(page !== undefined && { target_url: page }),
      };
      await send(subject, { method: 'POST', path: `/statuses/${subject.commit}`, body }, signal);
    },

    /**
     * The number of GitHub's deployment for this request: the one that is there, else a new one. It carries our request's
     * id, so that an attempt whose answer was lost is found again. Source: GitHub REST, "List deployments" and "Create a
     * deployment"; `auto_merge: false` lest GitHub merges the default branch, `required_contexts: []` lest it waits for
     * this very status.
     */
    async openDeployment(
      subject: ReportSubject,
      { environment, requestId }: Pick<DeploymentReport, 'environment' | 'requestId'>,
      signal?: AbortSignal,
    ): Promise<number> {
      const asked = new URLSearchParams({ sha: subject.commit, environment, task: TASK, per_page: String(LOOK_AT) });
      const known = await send(subject, { method: 'GET', path: `/deployments?${asked.toString()}` }, signal);
      const own = objectsOf(known).find((one) => requestOf(one) === requestId);
      const body = {
        ref: subject.commit,
        task: TASK,
        auto_merge: false,
        required_contexts: [],
        payload: { sluice: requestId },
        environment,
        description: description(`${subject.project}: ${subject.workflowId}`),
      };
      const deployment = own ?? (await send(subject, { method: 'POST', path: '/deployments', body }, signal));
      const id = isJsonObject(deployment) ? deployment['id'] : undefined;
      if (typeof id === 'number') return id;
      throw new GitHubProblem('GitHub answered a deployment without an id', { retryAfterMs: undefined });
    },

    /** Source: GitHub REST, "Create a deployment status". Earlier ones of the environment become inactive by GitHub's own rule. */
    async setDeploymentStatus(
      subject: ReportSubject,
      id: number,
      report: Pick<DeploymentReport, 'state' | 'description'>,
      page: Page,
      signal?: AbortSignal,
    ) {
      const body = {
        state: report.state,
        description: description(report.description),
        ...(page !== undefined && { log_url: page }),
      };
      await send(subject, { method: 'POST', path: `/deployments/${id}/statuses`, body }, signal);
    },
  };
}

export type GitHubStatuses = ReturnType<typeof githubStatuses>;

/** GitHub answers a payload as the object that it was given, or as its text. */
function requestOf({ payload }: JsonObject): string | undefined {
  if (typeof payload === 'string') {
    try {
      const value = JSON.parse(payload) as Json;
      return isJsonObject(value) ? textOf(value['sluice']) : undefined;
    } catch {
      return undefined;
    }
  }
  return isJsonObject(payload ?? null) ? textOf((payload as JsonObject)['sluice']) : undefined;
}
