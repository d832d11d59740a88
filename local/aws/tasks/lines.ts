import type { Readable } from 'node:stream';

/** Largest event of CloudWatch Logs, about; a longer line is passed on in pieces. */
const LONGEST_LINE = 256 * 1024;

/** Passes each line of the stream on, without its end; the last one also when nothing ends it. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) onLine(rest.slice(0, LONGEST_LINE));
  });
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}
