import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PinnedTool } from '../../model/gates/tools';

export type Tool = { ok: true; program: string } | { ok: false; why: string };

/**
 * The program to start for this tool: as it was pinned, and only if it still is what was pinned; without a pin the one on
 * PATH. Hashed before each start, since a program may be replaced while a worker runs.
 */
export async function findTool(
  name: string,
  pin: PinnedTool = {},
  searched = process.env['PATH'] ?? '',
): Promise<Tool> {
  const program = pin.path ?? (await onPath(name, searched));
  if (program === undefined || !(await isExecutable(program)))
    return { ok: false, why: `${name} is not installed on this worker` };
  if (pin.sha256 === undefined) return { ok: true, program };
  const found = await sha256Of(program);
  if (found === pin.sha256) return { ok: true, program };
  return {
    ok: false,
    why: `the ${name} of this worker has the SHA-256 ${found.slice(0, 12)}…, and its policy pins ${pin.sha256.slice(0, 12)}…, so it was not started`,
  };
}

async function onPath(name: string, searched: string): Promise<string | undefined> {
  for (const folder of searched.split(path.delimiter)) {
    const file = path.join(folder, name);
    if (path.isAbsolute(file) && (await isExecutable(file))) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
