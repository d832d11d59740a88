import { isJsonObject, textOf } from '../../model/json';
import type { Json } from '../../model/json';
import { GitHubProblem, retryAfter } from './github-problem';

const ANSWER_WITHIN_MS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Source: GitHub docs, "API versions". */
const API_VERSION = '2022-11-28';

export type Fetch = typeof globalThis.fetch;

export interface GitHubRequest {
  method: 'GET' | 'POST';
  /** Begins with a slash; its parts are encoded. */
  path: string;
  /** Of the App or of an installation; sent to GitHub's address alone. */
  token: string;
  body?: Json;
}

export interface GitHubApi {
  /** The JSON of an answer 200 or 201, within 10 s. Throws GitHubProblem for anything else; redirects are not followed. */
  ask(request: GitHubRequest, signal?: AbortSignal): Promise<Json>;
}

/** GitHub's REST API at `baseUrl`: `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
export function githubApi(baseUrl: string, fetch: Fetch = globalThis.fetch, now = Date.now): GitHubApi {
  return {
    async ask({ method, path, token, body }, signal) {
      // A path may tell which release it is, but never a secret.
      const what = `${method} ${path.split('?')[0] ?? ''}`;
      const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
      let response: Response;
      let text: string;
      try {
        response = await fetch(`${baseUrl}${path}`, {
          method,
          headers: {
            accept: 'application/vnd.github+json',
            authorization: `Bearer ${token}`,
            'user-agent': 'sluice',
            'x-github-api-version': API_VERSION,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          redirect: 'manual',
          signal: signal ? AbortSignal.any([limit, signal]) : limit,
        });
        text = await boundedText(response);
      } catch (error) {
        signal?.throwIfAborted();
        const why = limit.aborted ? `in ${ANSWER_WITHIN_MS / 1000} s` : `(${codeOf(error)})`;
        throw new GitHubProblem(`GitHub did not answer ${what} ${why}`, { retryAfterMs: 0 });
      }
      const answer = parsed(text);
      if (response.status === 200 || response.status === 201) return answer;
      const said = isJsonObject(answer) ? (textOf(answer['message']) ?? '') : '';
      const detail = said === '' ? '' : `: ${said.slice(0, 300)}`;
      throw new GitHubProblem(`GitHub answers ${what} with ${response.status}${detail}`, {
        status: response.status,
        retryAfterMs: retryAfter(response.status, response.headers, said, now()),
      });
    },
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** `fetch` hides the code of a connection's error in its cause. Messages are not quoted: they may hold what was sent. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
