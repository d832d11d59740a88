import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines } from '../../activities/process/last-lines';
import { GUARD, PACKAGE_ROOT } from '../../bin/root';
import { startGuarded } from '../../local/temporal/guarded';
import { waitForLock } from '../../local/temporal/lock';

const INSTALL_WITHIN_MS = 300_000;
const TOOLS = path.join(PACKAGE_ROOT, '.sluice', 'tools');
/** What would make Python or pip look for packages elsewhere than in the new environment. */
const STRAYING = ['PYTHONHOME', 'PYTHONPATH', 'PIP_TARGET', 'PIP_PREFIX', 'PIP_USER', 'PIP_REQUIRE_VIRTUALENV'];

export interface PythonTools {
  /** The path of a program that one of the packages brings. */
  bin(name: string): string;
  /** The interpreter, which imports the packages. */
  python: string;
}

/**
 * The Python packages of a pinned requirements file, in a virtual environment of their own in the folder `tools`, which is
 * kept for the next run. Needs `python3` with venv; takes up to 5 minutes the first time. Rejects with pip's last lines.
 */
export async function pythonTools(requirementsFile: string, tools = TOOLS): Promise<PythonTools> {
  const requirements = await readFile(requirementsFile);
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 16);
  const folder = path.join(tools, `python-${hash}`);
  const python = path.join(folder, 'bin', 'python');
  // Programs of a virtual environment name its folder, so it is made in its place, and this file says that it is whole.
  const whole = path.join(folder, 'whole');
  const isThere = () => existsSync(whole) && existsSync(python);
  const signal = AbortSignal.timeout(INSTALL_WITHIN_MS);
  const unlock = isThere() ? undefined : await waitForLock(`${folder}.lock`, signal);
  try {
    if (!isThere()) {
      await rm(folder, { recursive: true, force: true });
      await run(['python3', '-m', 'venv', folder], signal);
      const pip = [python, '-m', 'pip', 'install', '--quiet', '--no-input', '--no-cache-dir'];
      await run([...pip, '--disable-pip-version-check', '--requirement', path.resolve(requirementsFile)], signal);
      await writeFile(whole, '');
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await unlock?.();
  }
  return { bin: (name) => path.join(folder, 'bin', name), python };
}

async function run(argv: string[], signal: AbortSignal): Promise<void> {
  const asked = Object.entries(process.env).filter(([name]) => !STRAYING.includes(name));
  const env = Object.fromEntries(asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  let output = '';
  const onOutput = (piece: Buffer): void => void (output += piece.toString());
  const program = startGuarded({ guard: GUARD, argv, cwd: PACKAGE_ROOT, env, onOutput });
  const kill = (): void => program.kill();
  signal.addEventListener('abort', kill, { once: true });
  const code = await program.exited;
  signal.removeEventListener('abort', kill);
  if (code === 0) return;
  const why = signal.aborted ? `not done after ${INSTALL_WITHIN_MS / 1000} s` : `exit ${code}`;
  throw new Error(`Python tools cannot be installed: ${argv.join(' ')}: ${why}\n${lastLines(output)}`);
}
