const LIMIT_MS = 5_000;
const MAX_BYTES = 256 * 1024;

/** One JSON document, at most 256 KiB within 5 s; redirects are not followed. Reads only. Throws an Error that says what came instead. */
export async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}`);
  }
  const text = await boundedText(response, url);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`${url} does not answer with JSON`, { cause });
  }
}

async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`${url} answers with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
