import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';
import type { Blob } from '../registry/registry';
import type { SelectedFile } from './select-files';

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
const OWNER_MAY_EXECUTE = 0o100;

/** zlib writes the operating system that it was built for there. Source: RFC 1952, 2.3. */
const GZIP_SYSTEM_BYTE = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

export interface Layer extends Blob {
  /** Digest of the tar before compression. */
  diffId: string;
}

/**
 * Writes the files as a gzipped tar to `output`, under `workdir` in the image.
 *
 * The same content gives the same digest, wherever and whenever it is packed: entries in the given order, no times, no
 * owners, modes as Git has them. (Compression itself is zlib's: another zlib may give other bytes.)
 */
export async function packLayer(
  checkout: string,
  files: readonly SelectedFile[],
  workdir: string,
  output: string,
  signal: AbortSignal,
): Promise<Layer> {
  const diff = createHash('sha256');
  const whole = createHash('sha256');
  let size = 0;
  const tar = pack();
  const written = pipeline(
    tar as AsyncIterable<Buffer>,
    tap((piece) => diff.update(piece)),
    createGzip({ level: 6 }),
    anySystem,
    tap((piece) => {
      whole.update(piece);
      size += piece.length;
    }),
    createWriteStream(output),
    { signal },
  );
  await Promise.all([
    written,
    addEntries(tar, checkout, files, workdir).catch((error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }),
  ]);
  return {
    diffId: `sha256:${diff.digest('hex')}`,
    digest: `sha256:${whole.digest('hex')}`,
    size,
    open: () => Promise.resolve(createReadStream(output)),
  };
}

async function addEntries(tar: Pack, checkout: string, files: readonly SelectedFile[], workdir: string): Promise<void> {
  for (const directory of directoriesOf(files, workdir)) {
    await addEntry(tar, { name: `${directory}/`, type: 'directory', mode: DIRECTORY_MODE });
  }
  for (const { path, linkTo } of files) {
    const name = posix.join(workdir, path).replace(/^\//, '');
    if (linkTo !== undefined) {
      await addEntry(tar, { name, type: 'symlink', linkname: linkTo, mode: 0o777 });
      continue;
    }
    const { mode, size } = await stat(join(checkout, path));
    const gitMode = mode & OWNER_MAY_EXECUTE ? EXECUTABLE_MODE : FILE_MODE;
    await addEntry(tar, { name, type: 'file', mode: gitMode, size }, createReadStream(join(checkout, path)));
  }
  tar.finalize();
}

async function addEntry(tar: Pack, entry: Pick<Header, 'name'> & Partial<Header>, content?: Readable): Promise<void> {
  const header = { ...entry, uid: 0, gid: 0, mtime: new Date(0) };
  if (content !== undefined) {
    await pipeline(content, tar.entry(header));
    return;
  }
  await new Promise<void>((resolve, reject) => {
    tar.entry(header, (error) => (error ? reject(error) : resolve()));
  });
}

/** All directories above the files, parents first, without a leading `/`. */
function directoriesOf(files: readonly SelectedFile[], workdir: string): string[] {
  const found = new Set<string>();
  for (const { path } of [...files, { path: '.' }]) {
    let directory = path === '.' ? posix.join(workdir, '.') : posix.dirname(posix.join(workdir, path));
    for (; directory !== '/' && directory !== '.'; directory = posix.dirname(directory)) {
      found.add(directory.replace(/^\//, '').replace(/\/$/, ''));
    }
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function tap(see: (piece: Buffer) => void) {
  return async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      see(piece);
      yield piece;
    }
  };
}

async function* anySystem(pieces: AsyncIterable<Buffer>) {
  let offset = 0;
  for await (const piece of pieces) {
    const at = GZIP_SYSTEM_BYTE - offset;
    if (at >= 0 && at < piece.length) piece[at] = GZIP_SYSTEM_UNKNOWN;
    offset += piece.length;
    yield piece;
  }
}
