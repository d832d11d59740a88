import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes apart what Docker sends of a container without a terminal (attach, logs, exec): frames of 8 bytes (kind, three
 * zeros, length) and content, https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach.
 * Both streams end, without an error, with the connection, for whatever reason that ends.
 */
export function readFrames(source: Readable): { stdout: Readable; stderr: Readable } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let header = Buffer.alloc(0);
  /** Bytes of the present frame that are still to come, and whose they are. */
  let left = 0;
  let target = stdout;
  source.on('data', (chunk: Buffer) => {
    for (let rest = chunk; rest.length > 0;) {
      if (left === 0) {
        const missing = HEADER_BYTES - header.length;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.length < HEADER_BYTES) return;
        left = header.readUInt32BE(4);
        target = header[0] === STDERR ? stderr : stdout;
        header = Buffer.alloc(0);
      } else {
        const content = rest.subarray(0, left);
        target.write(content);
        left -= content.length;
        rest = rest.subarray(content.length);
      }
    }
  });
  source.on('error', () => undefined);
  source.once('close', () => [stdout, stderr].forEach((stream) => stream.end()));
  return { stdout, stderr };
}
