import { execFile } from 'node:child_process';

const LDD_WITHIN_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 8 * 1024 ** 2;

/**
 * The absolute paths of the shared libraries that these files load, the dynamic loader among them, as ldd(1) says. A file
 * that is linked statically needs none. Runs `ldd`, which may run the files: only for what this machine trusts.
 *
 * `all` throws an Error that names the libraries that are missing; `those there` passes over them.
 */
export async function sharedLibraries(files: readonly string[], want: 'all' | 'those there'): Promise<string[]> {
  if (files.length === 0) return [];
  const said = await ldd(files);
  const missing = [...said.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name);
  if (want === 'all' && missing.length > 0) {
    throw new Error(`${files.join(', ')}: this machine lacks ${[...new Set(missing)].join(', ')}.`);
  }
  // `libc.so.6 => /lib/libc.so.6 (0x…)`, and the loader as `/lib64/ld-linux.so.2 (0x…)`.
  const found = [...said.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, library = '']) => library);
  return [...new Set(found)];
}

function ldd(files: readonly string[]): Promise<string> {
  const limits = { timeout: LDD_WITHIN_MS, maxBuffer: OUTPUT_LIMIT_BYTES };
  return new Promise((resolve, reject) => {
    execFile('ldd', ['--', ...files], limits, (error, stdout, stderr) => {
      // One file that is not linked dynamically makes the exit code 1, and is none of our trouble.
      if (error === null || (typeof error.code === 'number' && !stderr.includes('No such file'))) resolve(stdout);
      else reject(new Error(`ldd cannot say what ${files.join(', ')} needs: ${stderr.trim() || error.message}`));
    });
  });
}
