import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const VERSION_LIMIT_MS = 10_000;
/** Update-with-start, by which a release asks for its turn, is generally available from this server on. */
const OLDEST_SERVER = [1, 28] as const;

export type CliCheck = { usable: true; version: string } | { usable: false; why: string };

/** Runs `temporal --version`, for at most 10 s: the only proof that a file is the Temporal CLI and runs here. */
export async function checkCli(file: string): Promise<CliCheck> {
  let output: string;
  try {
    output = (await promisify(execFile)(file, ['--version'], { timeout: VERSION_LIMIT_MS })).stdout;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return { usable: false, why: code === 'ENOENT' ? 'is not there' : 'does not run `--version`' };
  }
  const version = output.trim();
  const server = /server (\d+)\.(\d+)/i.exec(version);
  if (!server) return { usable: false, why: `is not the Temporal CLI (it says "${version.slice(0, 80)}")` };
  const [major, minor] = [Number(server[1]), Number(server[2])];
  if (major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1])) {
    return { usable: false, why: `brings server ${major}.${minor}, older than ${OLDEST_SERVER.join('.')}` };
  }
  return { usable: true, version };
}
