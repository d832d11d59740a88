// `npm run bench -- NAME`: runs test/bench/NAME.ts, which prints its table and a line of JSON, and says by its exit code
// whether the bar was held.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, 'test', 'bench');
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'));

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !known.includes(name)) {
  process.stderr.write(
    `${name === undefined ? 'Name a measurement' : `There is no measurement ${name}`}: choose from ${known.join(', ')}.\n`,
  );
  process.exit(2);
}
const child = spawn(
  process.execPath,
  ['--require', path.join(root, 'scripts', 'typescript.cjs'), path.join(folder, `${name}.ts`), ...args],
  { stdio: 'inherit', env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...process.env } },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => (process.exitCode = code ?? 1));
