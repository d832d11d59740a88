import type { JsonObject } from '../../model/json';
import { isJsonObject } from '../../model/json';
import type { Json } from '../../model/json';
import { Away, messageOf } from './failures';

/** Far above what a gateway answers: a release has a few dozen phases and gates, with bounded texts. */
const MAX_BYTES = 8 * 1024 * 1024;
const LONGEST_PAUSE_MS = 60_000;

export interface Question {
  method: 'GET' | 'POST';
  token: string;
  body?: object;
  limitMs: number;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  body: JsonObject;
}

/**
 * Sends one request with a bearer token and reads one JSON object, whatever its status below 500. No redirect is followed:
 * the token is for one place. Throws Away where there is no such answer, and the signal's reason when that aborts.
 */
export async function askJson(who: string, url: URL, question: Question): Promise<Answer> {
  const { method, token, body, limitMs, signal } = question;
  signal.throwIfAborted();
  const limit = limitOf(limitMs, signal);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: limit.signal,
    });
    return answerOf(who, response, await textOf(response));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Away) throw error;
    const why = limit.signal.aborted ? `no answer within ${limitMs / 1000} s` : reasonOf(error);
    throw new Away(`${who} cannot be reached: ${why}`, 0, { cause: error });
  } finally {
    limit.forget();
  }
}

function answerOf(who: string, response: Response, text: string): Answer {
  const { status } = response;
  const body = parsed(text);
  const waitMs = Math.min(LONGEST_PAUSE_MS, 1000 * (Number(response.headers.get('retry-after')) || 0));
  if (status >= 500 || status === 429 || status === 408) {
    throw new Away(`${who} answers ${status}${sentenceIn(body)}`, waitMs);
  }
  if (body === undefined) throw new Away(`${who} answers ${status} with something else than a JSON object`, waitMs);
  return { status, body };
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`an answer of more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function sentenceIn(body: JsonObject | undefined): string {
  const error = body?.['error'];
  return isJsonObject(error) && typeof error['message'] === 'string' ? `: ${error['message']}` : '';
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}

/** Not AbortSignal.any: the job's own signal lives for hours, and Node 20 keeps what is made of it. */
function limitOf(limitMs: number, signal: AbortSignal): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, limitMs);
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
