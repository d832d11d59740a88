import type { Json } from '../../model/json';

const REQUEST_TIMEOUT_MS = 30_000;
const ANSWER_LIMIT_BYTES = 8 * 1024 ** 2;

export type SonarAnswer =
  | { kind: 'json'; body: Json }
  /** The server says no, and will say so again. */
  | { kind: 'refused'; why: string }
  /** The server is away, or busy; it may answer later. */
  | { kind: 'away'; why: string };

export type AskSonarServer = (
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<SonarAnswer>;

/**
 * Asks one SonarQube server. The token goes to this server alone: a redirect is not followed, wherever it leads. Rejects
 * with the signal's reason when that aborts.
 */
export function sonarServer(host: string, token: string): AskSonarServer {
  // The token is the user's name; there is no password.
  const authorization = `Basic ${Buffer.from(`${token}:`).toString('base64')}`;
  return async (path, parameters, signal) => {
    const url = `${host}/${path}?${new URLSearchParams(parameters).toString()}`;
    const headers = { authorization, accept: 'application/json' };
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      const response = await fetch(url, { headers, redirect: 'manual', signal: limit });
      const { status } = response;
      if (status === 429 || status >= 500) {
        await response.body?.cancel();
        return { kind: 'away', why: `${path} answered ${status}` };
      }
      if (status !== 200) {
        await response.body?.cancel();
        return { kind: 'refused', why: whyRefused(path, status) };
      }
      return { kind: 'json', body: JSON.parse(await readBounded(response)) as Json };
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return { kind: 'away', why: `${path}: ${why}` };
    }
  };
}

function whyRefused(path: string, status: number): string {
  if (status === 401 || status === 403) return `the server refuses the token at ${path} (${status})`;
  if (status >= 300 && status < 400)
    return `the server sends ${path} elsewhere (${status}), where the token does not go`;
  return `${path} answered ${status}`;
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // The DOM's types of a stream know nothing of iterating over it.
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > ANSWER_LIMIT_BYTES) throw new Error(`the answer has more than ${ANSWER_LIMIT_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
