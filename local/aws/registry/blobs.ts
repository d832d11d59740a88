import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const DIGEST = /^sha256:([0-9a-f]{64})$/;

export type BlobStore = Awaited<ReturnType<typeof createBlobStore>>;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Content by its SHA-256 in `directory` (which is made), and uploads on their way there. */
export async function createBlobStore(directory: string) {
  const blobs = join(directory, 'blobs');
  const uploads = join(directory, 'uploads');
  await Promise.all([mkdir(blobs, { recursive: true }), mkdir(uploads, { recursive: true })]);

  /** Where a blob's content is (or would be). Throws on anything but a `sha256:` digest. */
  const path = (digest: string): string => {
    const hex = DIGEST.exec(digest)?.[1];
    if (!hex) throw new Error(`not a sha256 digest: ${digest}`);
    return join(blobs, hex);
  };
  const uploadSize = async (upload: string) => (await stat(join(uploads, upload))).size;

  return {
    path,
    uploadSize,
    /** In bytes; undefined when there is no such blob. */
    size: async (digest: string) => (await stat(path(digest)).catch(() => undefined))?.size,
    read: (digest: string) => readFile(path(digest)),
    /** Stores small content at once. */
    async write(content: Buffer): Promise<void> {
      const draft = join(uploads, randomUUID());
      await writeFile(draft, content);
      await rename(draft, path(digestOf(content)));
    },
    async startUpload(): Promise<string> {
      const upload = randomUUID();
      await writeFile(join(uploads, upload), '');
      return upload;
    },
    /** Appends to an upload and answers its size. What arrived before a cut connection stays. */
    async append(upload: string, content: Readable): Promise<number> {
      await pipeline(content, createWriteStream(join(uploads, upload), { flags: 'a' }));
      return uploadSize(upload);
    },
    /** Makes the upload the blob `digest`; answers false, and forgets the upload, when its content has another digest. */
    async finish(upload: string, digest: string): Promise<boolean> {
      const hash = createHash('sha256');
      await pipeline(createReadStream(join(uploads, upload)), hash);
      const matches = `sha256:${hash.digest('hex')}` === digest;
      await (matches ? rename(join(uploads, upload), path(digest)) : rm(join(uploads, upload)));
      return matches;
    },
  };
}
