import { isJsonObject, textOf } from '../../model/json';
import type { ReportSubject } from '../../model/report';
import type { GitHubApi } from './github-api';
import { appToken } from './github-app';
import type { GitHubApp } from './github-app';
import { GitHubProblem } from './github-problem';

type Repository = ReportSubject['repository'];

/** All that reporting takes. */
const PERMISSIONS = { deployments: 'write', statuses: 'write' } as const;
/** GitHub's tokens live for an hour; this long before its end one is not used any more. */
const RENEW_BEFORE_MS = 5 * 60_000;

export interface InstallationTokens {
  /** A token for this one repository, kept in memory alone. Throws GitHubProblem. */
  of(repository: Repository, signal?: AbortSignal): Promise<string>;
  /** For one that GitHub does not take any more. */
  forget(repository: Repository): void;
}

interface Kept {
  token: string;
  expiresAt: number;
}

/**
 * Tokens of the App's installation: for one repository, by its number, with no more rights than reporting takes.
 * Source: GitHub REST, "Get a repository installation for the authenticated app" and "Create an installation access
 * token for an app".
 */
export function installationTokens(api: GitHubApi, app: GitHubApp, now = Date.now): InstallationTokens {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<Kept>>();

  async function ask({ id, name }: Repository, signal?: AbortSignal): Promise<Kept> {
    const token = await appToken(app, now());
    const installation = await api.ask({ method: 'GET', path: `/repos/${pathOf(name)}/installation`, token }, signal);
    const number = isJsonObject(installation) ? installation['id'] : undefined;
    if (typeof number !== 'number') throw unreadable('an installation without an id');
    const body = { repository_ids: [Number(id)], permissions: PERMISSIONS };
    const path = `/app/installations/${number}/access_tokens`;
    const given = await api.ask({ method: 'POST', path, token, body }, signal);
    const [value, expires] = isJsonObject(given) ? [textOf(given['token']), textOf(given['expires_at'])] : [];
    const expiresAt = Date.parse(expires ?? '');
    if (value === undefined || Number.isNaN(expiresAt)) throw unreadable('a token without an end');
    return { token: value, expiresAt };
  }

  return {
    async of(repository, signal) {
      const { id } = repository;
      const known = kept.get(id);
      if (known !== undefined && known.expiresAt - now() > RENEW_BEFORE_MS) return known.token;
      const renewed =
        asking.get(id) ??
        ask(repository, signal)
          .then((one) => {
            kept.set(id, one);
            return one;
          })
          .finally(() => asking.delete(id));
      asking.set(id, renewed);
      return (await renewed).token;
    },
    forget: ({ id }) => void kept.delete(id),
  };
}

/** `owner/name` as the gateway verified it, fit for a path. */
export function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function unreadable(what: string): GitHubProblem {
  return new GitHubProblem(`GitHub answered ${what}`, { retryAfterMs: undefined });
}
