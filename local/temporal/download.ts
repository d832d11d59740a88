import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const QUESTION_LIMIT_MS = 15_000;
const DOWNLOAD_LIMIT_MS = 5 * 60_000;
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Downloads the Temporal CLI to `target`, from where Temporal's own SDKs get it: a question that is answered with
 * `{ archiveUrl, fileToExtract }`, then the archive (sdk-core, crates/sdk-core/src/ephemeral_server). `target` is
 * written in place, so give it a name that nobody reads. Throws when it takes longer than 15 s and 5 min.
 */
export async function downloadCli(options: {
  version: string;
  target: string;
  origin?: string;
  signal?: AbortSignal;
}): Promise<void> {
  const { version, target, origin = 'https://temporal.download', signal } = options;
  const arch = architectures[process.arch];
  if (arch === undefined) throw new Error(`there is no download for ${process.arch}`);
  const question = new URL(`/cli/${version}`, origin);
  question.search = new URLSearchParams({ arch, platform: process.platform, format: 'tar.gz' }).toString();

  const answer: unknown = await (await get(question, QUESTION_LIMIT_MS, signal)).json();
  const { archiveUrl, fileToExtract } = answer as { archiveUrl?: unknown; fileToExtract?: unknown };
  if (typeof archiveUrl !== 'string' || typeof fileToExtract !== 'string') {
    throw new Error(`${question.host} answered something else than the address of an archive`);
  }
  const archive = await get(new URL(archiveUrl), DOWNLOAD_LIMIT_MS, signal);
  if (archive.body === null) throw new Error(`${archiveUrl} is empty`);
  await extractFile(Readable.fromWeb(archive.body), fileToExtract, target);
}

async function get(url: URL, limitMs: number, signal: AbortSignal | undefined): Promise<Response> {
  const limit = AbortSignal.timeout(limitMs);
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
  if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
  return response;
}

async function extractFile(archive: Readable, name: string, target: string): Promise<void> {
  const found = { any: false };
  const unpack = extract().on('entry', (header, entry, next) => {
    if (header.name.replace(/^\.\//, '') === name) {
      found.any = true;
      pipeline(entry, createWriteStream(target, { mode: 0o755 })).then(() => next(), next);
    } else {
      entry.once('end', next).resume();
    }
  });
  await pipeline(archive, createGunzip(), unpack);
  if (!found.any) throw new Error(`the archive has no file ${name}`);
}
