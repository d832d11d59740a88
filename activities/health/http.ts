import type { HttpAnswer } from '../../model/health';

/** A health answer is a line or two; more than this is not read. */
const BODY_LIMIT_BYTES = 64 * 1024;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * One request to the service. Redirects are answers, not followed: what stands behind one need not be the service.
 * Never throws, except for the reason of `signal`.
 */
export async function askHttp(
  fetch: Fetch,
  { url, timeoutMs, signal }: { url: string; timeoutMs: number; signal: AbortSignal },
): Promise<HttpAnswer> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, late]),
      headers: { 'cache-control': 'no-cache', 'user-agent': 'sluice-health-check' },
    });
    return { kind: 'answer', status: response.status, ...(await readStart(response)) };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'none', reason: late.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error) };
  }
}

async function readStart(response: Response): Promise<{ body: string; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > BODY_LIMIT_BYTES) break;
  }
  const bytes = Buffer.concat(chunks);
  return { body: bytes.subarray(0, BODY_LIMIT_BYTES).toString('utf8'), cut: size > BODY_LIMIT_BYTES };
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed before an answer',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found (DNS did not answer)',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

/** `fetch` says "fetch failed" and hides what happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return WORDS[code] ?? (error.message || code || 'no answer');
}
