import type { ReadableStreamReadResult } from 'node:stream/web';
import { badRequest, GatewayProblem } from './problem';

export interface BodyLimits {
  maxBytes: number;
  /** Until the last byte. */
  withinMs: number;
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

/** The one JSON object that the body is. Throws a GatewayProblem that says what it is instead; no more than `maxBytes` are kept. */
export async function readJson(request: Request, limits: BodyLimits): Promise<Record<string, unknown>> {
  const type = request.headers.get('content-type') ?? '';
  if (!JSON_TYPE.test(type) || request.headers.has('content-encoding')) {
    throw new GatewayProblem('unsupported-type', 'Send the body as application/json, in UTF-8 and not compressed.');
  }
  return parsed(await readBytes(request, limits));
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The body is not one JSON object.');
  return value as Record<string, unknown>;
}

async function readBytes(request: Request, { maxBytes, withinMs }: BodyLimits): Promise<Uint8Array> {
  const tooLarge = (): Error => new GatewayProblem('too-large', `The body is larger than ${maxBytes} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const deadline = overdue(withinMs);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      // Not cancelled when it is late: that would cut the connection before the answer is out.
      const { done, value } = await Promise.race([received(reader), deadline.passed]);
      if (done) return Buffer.concat(chunks);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(value);
    }
  } finally {
    deadline.forget();
  }
}

async function received(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    throw badRequest('The body broke off.');
  }
}

function overdue(withinMs: number): { passed: Promise<never>; forget: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new GatewayProblem('timeout', `The body did not arrive within ${withinMs / 1000} s.`));
    }, withinMs);
  });
  passed.catch(() => undefined);
  return { passed, forget: () => clearTimeout(timer) };
}
