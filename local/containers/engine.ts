import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Json } from '../aws/contract';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const TIME_LIMIT_MS = 30_000;

/** An answer of the Docker daemon that is not 2xx. `message` is Docker's own. */
export class EngineError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface EngineRequest {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** A stream or bytes as they are (a build context, an archive), anything else as JSON. */
  body?: Json | Readable | Buffer;
  /** Milliseconds until the answer must be there; for `open`, until its head must be. 30 seconds unless said otherwise. */
  timeoutMs?: number;
}

/** A Docker daemon's API, https://docs.docker.com/reference/api/engine/. Both calls reject with an `EngineError`, or with a sentence when nobody answers. */
export interface Engine {
  /** Where the daemon listens, a path. */
  socketPath: string;
  /** One call whose answer is JSON; null when the answer is empty. Paths carry no version: the daemon's own is spoken. */
  call(method: string, path: string, options?: EngineRequest): Promise<Json>;
  /**
   * One call whose answer comes as a stream: progress, logs, what is attached (see `readFrames`). No time limit once it
   * has begun. Destroying it ends the call.
   */
  open(method: string, path: string, options?: EngineRequest): Promise<IncomingMessage>;
  /** Cuts all calls that are under way. */
  close(): void;
}

/**
 * A client of the daemon on a socket of this machine; `dockerHost` is as in DOCKER_HOST, which it is unless said
 * otherwise. Throws an Error of one sentence when that is anything but `unix://`; asks nothing yet.
 */
export function openEngine(dockerHost = process.env['DOCKER_HOST']): Engine {
  const host = dockerHost === undefined || dockerHost === '' ? DEFAULT_HOST : dockerHost;
  const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socketPath === undefined) {
    const advice = `only a daemon on a socket of this machine can be used: set it to unix:///PATH/docker.sock, or unset it for ${DEFAULT_HOST}.`;
    throw new Error(`The Docker daemon at DOCKER_HOST=${host} is out of reach; ${advice}`);
  }
  // Sockets are not kept for later calls: a daemon that restarts cuts those, and a new one costs next to nothing.
  const agent = new Agent({ keepAlive: false });

  async function open(method: string, path: string, options: EngineRequest = {}): Promise<IncomingMessage> {
    const search = new URLSearchParams(options.query).toString();
    const asked = request({
      socketPath,
      agent,
      method,
      path: search === '' ? path : `${path}?${search}`,
      // A daemon wants a host name; which one does not matter.
      headers: { host: 'docker', ...typeOf(options.body), ...options.headers },
    });
    const limitMs = options.timeoutMs ?? TIME_LIMIT_MS;
    const what = `${method} ${path}`;
    const tooLate = setTimeout(() => asked.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.once('response', resolve);
        asked.on('error', (error) => reject(unreachable(host, what, error)));
        send(options.body, asked).catch((error: unknown) => asked.destroy(error as Error));
      });
      // Who reads it to its end hears of errors there; who has stopped reading needs no crash.
      response.on('error', () => undefined);
      if ((response.statusCode ?? 0) < 300) return response;
      throw new EngineError(response.statusCode ?? 0, messageIn(await readText(response)));
    } finally {
      clearTimeout(tooLate);
    }
  }

  return {
    socketPath,
    open,
    async call(method, path, options = {}) {
      const limitMs = options.timeoutMs ?? TIME_LIMIT_MS;
      const response = await open(method, path, options);
      const late = new Error(`Docker did not finish its answer to ${method} ${path} within ${limitMs} ms.`);
      const tooLate = setTimeout(() => response.destroy(late), limitMs);
      try {
        const answer = await readText(response);
        return answer === '' ? null : (JSON.parse(answer) as Json);
      } finally {
        clearTimeout(tooLate);
      }
    },
    close: () => agent.destroy(),
  };
}

function typeOf(body: EngineRequest['body']): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': isRaw(body) ? 'application/x-tar' : 'application/json' };
}

async function send(body: EngineRequest['body'], asked: ReturnType<typeof request>): Promise<void> {
  if (body instanceof Readable) await pipeline(body, asked);
  else asked.end(body === undefined || isRaw(body) ? body : JSON.stringify(body));
}

function isRaw(body: Json | Readable | Buffer): body is Readable | Buffer {
  return body instanceof Readable || Buffer.isBuffer(body);
}

/** Docker's own words for an error: `{"message":"..."}`. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : body.trim();
  } catch {
    return body.trim();
  }
}

function unreachable(host: string, what: string, cause: Error & { code?: string }): Error {
  const { code, message } = cause;
  const remedy =
    code === 'EACCES'
      ? 'this user may not open that socket: run as one who may, or set DOCKER_HOST to another.'
      : 'start one, or set DOCKER_HOST to the unix:// socket of the one that runs.';
  return new Error(`No Docker daemon answers at ${host} (${what}: ${code ?? message}); ${remedy}`, { cause });
}
