import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readFrames } from '../../../local/containers/frames';

const [STDOUT, STDERR] = [1, 2];

function frame(kind: number, content: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
}

const SENT = Buffer.concat([frame(STDOUT, 'one\n'), frame(STDERR, 'ärger\n'), frame(STDOUT, ''), frame(STDOUT, 'two')]);

it.each([1, 3, 8, 13, SENT.length])('frames are told apart, whatever the pieces: of %i bytes', async (size) => {
  const source = new PassThrough();
  const { stdout, stderr } = readFrames(source);
  for (let at = 0; at < SENT.length; at += size) source.write(SENT.subarray(at, at + size));
  source.end();
  expect(await Promise.all([text(stdout), text(stderr)])).toEqual(['one\ntwo', 'ärger\n']);
});

it('a connection that is cut ends both streams, without an error', async () => {
  const source = new PassThrough();
  const { stdout, stderr } = readFrames(source);
  source.write(frame(STDOUT, 'whole'));
  source.write(frame(STDERR, 'unfinished').subarray(0, 10));
  await new Promise(setImmediate);
  source.destroy(new Error('cut'));
  expect(await Promise.all([text(stdout), text(stderr)])).toEqual(['whole', 'un']);
});
