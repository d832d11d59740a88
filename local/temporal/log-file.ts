import { appendFileSync, renameSync, statSync } from 'node:fs';

/**
 * Appends to `file`, which is set aside as `<file>.1` (the one before is dropped) when it reaches `limitBytes`: a server
 * that runs for months keeps the end of its log and no more. A disk that takes nothing more costs the log, nothing else.
 */
export function boundedLog(file: string, limitBytes: number): (piece: Buffer) => void {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return (piece) => {
    try {
      if (size > 0 && size + piece.length > limitBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, piece, { mode: 0o600 });
      size += piece.length;
    } catch {
      // The server's own troubles are seen by whoever talks to it.
    }
  };
}
