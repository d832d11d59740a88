import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A test that prints without end must not fill the disk of the worker. */
const MAX_LOG_BYTES = 64 * 1024 ** 2;

/** The whole output of one attempt of one gate, in one file. */
export interface GateLog {
  file: string;
  line(text: string): void;
  close(): void;
}

/** Opens the log anew: what an attempt before this one wrote is of no commit's verdict. Readable by this user alone. */
export function openGateLog(folder: string, workspace: string, gate: string): GateLog {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${workspace.replace(/[^\w.-]/g, '_')}-gate-${gate}.log`);
  const fd = openSync(file, 'w', 0o600);
  let room = MAX_LOG_BYTES;
  return {
    file,
    line(text) {
      if (room <= 0) return;
      const bytes = Buffer.from(`${text}\n`);
      room -= bytes.length;
      writeSync(fd, room > 0 ? bytes : Buffer.from(`[output cut here: more than ${MAX_LOG_BYTES} bytes]\n`));
    },
    close: () => closeSync(fd),
  };
}
