import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const LONGEST_LINE = 16_384;

/** Where the interleaved stdout and stderr of a child go. All bounds are in bytes. */
export interface OutputOptions {
  /** How much of the output goes to `logFile`; what comes after is counted and dropped. */
  outputLimitBytes: number;
  /** How much of the end is kept in memory. */
  tailBytes: number;
  logFile?: string;
  /** Called for each whole line of either stream; must not throw. */
  onLine?: (line: string) => void;
}

export interface OutputSink {
  write(piece: Buffer): void;
  end(): void;
}

/** Takes a child's output piece by piece: keeps a bounded tail, a bounded file, and hands on whole lines. */
export interface OutputCollector {
  /** A sink for one stream; each needs its own, since a line or a character may be cut between two pieces. */
  stream(): OutputSink;
  tail(): string;
  totalBytes(): number;
  /** Throws when the file could not take all that it should hold. */
  throwIfUnwritten(): void;
  close(): void;
}

export function collectOutput({ outputLimitBytes, tailBytes, logFile, onLine }: OutputOptions): OutputCollector {
  let fd = logFile === undefined ? undefined : openSync(logFile, 'w', 0o600);
  let kept: Buffer = Buffer.alloc(0);
  let total = 0;

  let failure: unknown;

  const log = (piece: Buffer): void => {
    const room = outputLimitBytes - total;
    if (fd === undefined || failure !== undefined || room < 0) return;
    try {
      writeSync(fd, piece.subarray(0, room));
      if (piece.length > room) writeSync(fd, `\n[output cut here: more than ${outputLimitBytes} bytes]\n`);
    } catch (error) {
      failure = error; // a full disk must not end the worker from inside an event handler
    }
  };
  const take = (piece: Buffer): void => {
    log(piece);
    total += piece.length;
    const joined = Buffer.concat([kept, piece]);
    kept = joined.subarray(Math.max(0, joined.length - tailBytes));
  };

  return {
    stream() {
      const lines = onLine && splitLines(onLine);
      return {
        write(piece) {
          take(piece);
          lines?.write(piece);
        },
        end: () => lines?.end(),
      };
    },
    tail: () => wholeCharacters(kept).toString('utf8'),
    totalBytes: () => total,
    throwIfUnwritten() {
      if (failure !== undefined)
        throw new Error(`the output could not be kept in ${logFile ?? ''}`, { cause: failure });
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** Calls `onLine` for each line; a line without an end is handed on in pieces, so that it cannot fill the memory. */
function splitLines(onLine: (line: string) => void): OutputSink {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    write(piece) {
      const parts = (rest + decoder.write(piece)).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const line of parts) onLine(line);
      if (rest.length > LONGEST_LINE) {
        onLine(rest);
        rest = '';
      }
    },
    end() {
      rest += decoder.end();
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

/** Without the second half of a character that was cut at the front. */
function wholeCharacters(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.subarray(Math.max(start, 0));
}
