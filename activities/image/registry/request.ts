import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { TypedError } from '../../../model/failures';
import { isLoopback } from '../../aws/loopback';

const ANSWER_WITHIN_MS = 15_000;
/** The slowest transfer that is still worth waiting for. */
const SLOWEST_BYTES_PER_MS = 64;
const TRIES = 4;
const FIRST_PAUSE_MS = 250;
const MOST_REDIRECTS = 5;
const LONGEST_ANSWER_SHOWN = 500;

/** A registry and the right to use it. */
export interface RegistryAccess {
  /** Host and port, as in an image's name. */
  host: string;
  /** Value of the Authorization header: only ever sent to `host`. */
  authorization: string;
}

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  body?: Uint8Array | { stream: Readable; size: number };
  /** Bytes that the answer may hold; stretches the time limit. */
  expect?: number;
  /** Statuses, beside 2xx, that are an answer and not a refusal. */
  allow?: readonly number[];
}

/** The registry said no (4xx), and would say it again. */
export class RegistryRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The registry's own error code, for example `DENIED` or `TAG_INVALID`. */
    readonly code: string | undefined,
  ) {
    super(message);
    this.name = 'RegistryRefusal';
  }
}

/** `https`, except for a registry on this machine. */
export function registryUrl(host: string, path: string): URL {
  const https = new URL(path, `https://${host}`);
  return isLoopback(https.hostname) ? new URL(path, `http://${host}`) : https;
}

/**
 * Sends one request of the distribution protocol, once, and answers with the response, its body unread.
 *
 * Time limit: 15 s, longer by the size of what is moved (at 64 kB/s); it also holds for reading the body.
 * Downloads follow redirects (ECR keeps blobs in S3), leaving the authorization behind on another host and never going
 * from https to http; nothing else does. Throws `RegistryRefusal` for 4xx, TypedError `Unavailable` for trouble that
 * may pass, and the signal's reason when that aborts.
 */
export async function send(access: RegistryAccess, request: RegistryRequest, signal: AbortSignal): Promise<Response> {
  const size = request.body === undefined || request.body instanceof Uint8Array ? 0 : request.body.size;
  const limitMs = ANSWER_WITHIN_MS + Math.ceil((size + (request.expect ?? 0)) / SLOWEST_BYTES_PER_MS);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let url = request.url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetchOnce(access, request, url, limited).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new TypedError(
        'Unavailable',
        `The registry ${access.host} did not answer ${describe(request)}: ${reason(error)}.`,
        {
          cause: error,
        },
      );
    });
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return await judge(access, request, response);
    await response.body?.cancel();
    url = redirectTarget(access, request, url, new URL(location, url), redirects);
  }
}

/** Repeats a step that ended as `Unavailable`, with growing pauses. The step must be safe to repeat as a whole. */
export async function withRetries<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof TypedError && error.retryable) || attempt === TRIES) throw error;
      await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}

function fetchOnce(access: RegistryAccess, request: RegistryRequest, url: URL, signal: AbortSignal): Promise<Response> {
  const { method, headers, body } = request;
  const atHome = url.origin === registryUrl(access.host, '/').origin;
  return fetch(url, {
    method,
    signal,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(atHome ? { authorization: access.authorization } : {}),
      ...(body === undefined || body instanceof Uint8Array ? {} : { 'content-length': String(body.size) }),
    },
    ...(body === undefined
      ? {}
      : body instanceof Uint8Array
        ? { body }
        : { body: body.stream, duplex: 'half' as const }),
  });
}

function redirectTarget(access: RegistryAccess, request: RegistryRequest, from: URL, to: URL, redirects: number): URL {
  const refusal = (why: string) =>
    new RegistryRefusal(307, `the registry ${access.host} redirects ${describe(request)} ${why}`, undefined);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refusal(`to ${to.host}, which is not followed`);
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw refusal('away from https');
  if (redirects === MOST_REDIRECTS) throw refusal(`more than ${MOST_REDIRECTS} times`);
  return to;
}

async function judge(access: RegistryAccess, request: RegistryRequest, response: Response): Promise<Response> {
  if (response.ok || request.allow?.includes(response.status)) return response;
  const text = (await response.text().catch(() => '')).slice(0, LONGEST_ANSWER_SHOWN);
  const { code, message } = firstError(text);
  const said = [response.status, code, message].filter((part) => part !== undefined && part !== '').join(' ');
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    throw new TypedError('Unavailable', `The registry ${access.host} is in trouble: ${describe(request)} got ${said}.`);
  }
  throw new RegistryRefusal(
    response.status,
    `the registry ${access.host} answered ${describe(request)} with ${said}`,
    code,
  );
}

/** The first of the errors that a registry lists. Source: OCI distribution spec, "Error codes". */
function firstError(text: string): { code?: string; message: string } {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] };
    const { code, message } = errors?.[0] ?? {};
    return {
      ...(typeof code === 'string' ? { code } : {}),
      message: typeof message === 'string' ? withoutFullStop(message) : '',
    };
  } catch {
    return { message: withoutFullStop(text) };
  }
}

/** Our sentences go on after it. */
function withoutFullStop(text: string): string {
  return text.trim().replace(/\.+$/, '');
}

function describe({ method, url }: RegistryRequest): string {
  return `${method} ${url.pathname}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
