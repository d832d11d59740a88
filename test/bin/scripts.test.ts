import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const repository = path.resolve(__dirname, '../..');
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'sluice-scripts-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

async function node(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, output: stdout + stderr };
}

/** Calls an exported function of scripts/ on `root`, in a process of its own, and prints its answer. */
function call(script: 'build' | 'ready', env?: Record<string, string>): ReturnType<typeof node> {
  const code = `const m = await import(${JSON.stringify(`${repository}/scripts/${script}.mjs`)});
    const answer = await m.${script}(${JSON.stringify(root)}); if (answer !== undefined) console.log(answer);`;
  return node(['--input-type=module', '-e', code], env);
}

function writeProject(): void {
  cpSync(path.join(repository, '.swcrc'), path.join(root, '.swcrc'));
  write('package.json', '{}');
  write('model/greeting.ts', `export const greeting: string = 'hello';\n`);
  write(
    'bin/sluice.ts',
    `import { greeting } from '../model/greeting';
    export async function main(argv: string[]): Promise<number> { console.log(greeting, ...argv); return 12; }\n`,
  );
}

function writeWorkflow(name: string): void {
  symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'));
  write(
    'workflows/index.ts',
    `import { sleep } from '@temporalio/workflow';
    import { greeting } from '../model/greeting';
    export async function ${name}(): Promise<string> { await sleep(1); return greeting; }\n`,
  );
}

describe('build', () => {
  it('compiles the rooms once, and again only when a source has changed', async () => {
    writeProject();
    expect(await call('build')).toEqual({ code: 0, output: 'true\n' });
    expect(read('dist/bin/sluice.js')).toContain(`require("../model/greeting")`);
    expect(await call('build')).toEqual({ code: 0, output: 'false\n' });

    write('model/greeting.ts', `export const greeting = 'good evening';\n`);
    expect(await call('build')).toEqual({ code: 0, output: 'true\n' });
    expect(read('dist/model/greeting.js')).toContain('good evening');
  });

  it('forgets the output of a source that is gone', async () => {
    writeProject();
    write('model/short-lived.ts', 'export {};\n');
    await call('build');
    rmSync(path.join(root, 'model/short-lived.ts'));
    await call('build');
    expect(existsSync(path.join(root, 'dist/model/short-lived.js'))).toBe(false);
  });

  it('leaves the old dist in place when the new one cannot be made', async () => {
    writeProject();
    await call('build');
    write('model/greeting.ts', 'export const = ;\n');
    expect((await call('build')).code).toBe(1);
    expect(read('dist/model/greeting.js')).toContain('hello');
  });

  it('is done by one of several that start together', async () => {
    writeProject();
    const answers = await Promise.all([call('build'), call('build'), call('build')]);
    expect(answers.map(({ output }) => output).sort()).toEqual(['false\n', 'false\n', 'true\n']);
    expect(readdirSync(path.join(root, '.sluice'))).toEqual([]);
  });

  it('takes over the lock of a build that was killed', async () => {
    writeProject();
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    write('.sluice/build.lock', String(dead.pid));
    expect((await call('build')).output).toBe('true\n');
  });

  it('bundles the workflows without a word, and again only when they change', async () => {
    writeProject();
    writeWorkflow('release');
    expect(await call('build')).toEqual({ code: 0, output: 'true\n' });
    const bundle = read('dist/workflow-bundle.js');
    expect(bundle).toContain('function release(');

    write('bin/sluice.ts', 'export {};\n');
    await call('build');
    expect(read('dist/workflow-bundle.js')).toBe(bundle);

    write('model/greeting.ts', `export const greeting = 'good evening';\n`);
    await call('build');
    expect(read('dist/workflow-bundle.js')).toContain('good evening');
  });

  it('says why workflows cannot be bundled', async () => {
    writeProject();
    writeWorkflow('release');
    write('workflows/index.ts', `import './nowhere';\n`);
    const { code, output } = await call('build');
    expect(code).toBe(1);
    expect(output).toContain(`Can't resolve './nowhere'`);
  });
});

describe('ready', () => {
  const lock = (version: string): string =>
    JSON.stringify({
      packages: {
        '': { name: 'project' },
        'node_modules/needed': { version, integrity: `sha512-${version}` },
        'node_modules/other-platform': { version, integrity: 'sha512-x', optional: true },
      },
    });

  /** Stands in for npm: counts its runs and leaves the record that `npm ci` leaves. */
  function fakeNpm(): Record<string, string> {
    write(
      'npm-cli.js',
      `const fs = require('node:fs');
      fs.appendFileSync('runs', process.argv.slice(2).join(' ') + '\\n');
      if (fs.existsSync('broken')) { console.error('npm error network'); process.exit(1); }
      fs.mkdirSync('node_modules', { recursive: true });
      const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
      delete packages['']; delete packages['node_modules/other-platform'];
      fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
      console.log('added 1 package');\n`,
    );
    return { npm_execpath: path.join(root, 'npm-cli.js') };
  }
  const runs = (): number => (existsSync(path.join(root, 'runs')) ? read('runs').split('\n').length - 1 : 0);
  const announcement = 'installing dependencies (once, about a minute)\n';

  it('installs and compiles a fresh clone, then has nothing more to do or say', async () => {
    writeProject();
    write('package-lock.json', lock('1.0.0'));
    expect(await call('ready', fakeNpm())).toEqual({ code: 0, output: announcement });
    expect(read('runs')).toMatch(/^ci /);
    expect(existsSync(path.join(root, 'dist/bin/sluice.js'))).toBe(true);
    expect(await call('ready', fakeNpm())).toEqual({ code: 0, output: '' });
    expect(runs()).toBe(1);
  });

  it('installs again when the lock file has changed', async () => {
    writeProject();
    write('package-lock.json', lock('1.0.0'));
    await call('ready', fakeNpm());
    write('package-lock.json', lock('2.0.0'));
    expect((await call('ready', fakeNpm())).output).toBe(announcement);
    expect(runs()).toBe(2);
  });

  it('takes what someone else installed by the same lock file', async () => {
    writeProject();
    write('package-lock.json', lock('1.0.0'));
    const env = fakeNpm();
    expect(
      (
        await node([
          '-e',
          `process.chdir(${JSON.stringify(root)}); require(${JSON.stringify(path.join(root, 'npm-cli.js'))})`,
        ])
      ).code,
    ).toBe(0);
    expect(await call('ready', env)).toEqual({ code: 0, output: '' });
    expect(runs()).toBe(1);
  });

  it('installs once when two start together', async () => {
    writeProject();
    write('package-lock.json', lock('1.0.0'));
    const env = fakeNpm();
    const both = await Promise.all([call('ready', env), call('ready', env)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs()).toBe(1);
  });

  it('shows what npm said when the installation fails, and is not fooled the next time', async () => {
    writeProject();
    write('package-lock.json', lock('1.0.0'));
    write('broken', '');
    const failed = await call('ready', fakeNpm());
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('npm error network');
    rmSync(path.join(root, 'broken'));
    expect((await call('ready', fakeNpm())).code).toBe(0);
  });
});

describe('the launcher', () => {
  function copyLauncher(folder: string): string {
    cpSync(path.join(repository, 'scripts'), path.join(root, folder, 'scripts'), { recursive: true });
    cpSync(path.join(repository, 'bin/sluice.mjs'), path.join(root, folder, 'bin/sluice.mjs'));
    return path.join(root, folder, 'bin/sluice.mjs');
  }

  it('runs the compiled program with the arguments, and exits with its answer', async () => {
    const launcher = copyLauncher('.');
    write('dist/bin/sluice.js', 'exports.main = async (argv) => { console.log(...argv); return 12; };\n');
    expect(await node([launcher, 'status', '--json'])).toEqual({ code: 12, output: 'status --json\n' });
  });

  it('compiles a copy that npm installed as a dependency, and leaves its dependencies alone', async () => {
    writeProject();
    for (const part of ['.swcrc', 'package.json', 'model', 'bin']) {
      cpSync(path.join(root, part), path.join(root, 'node_modules/sluice', part), { recursive: true });
    }
    symlinkSync(path.join(repository, 'node_modules/@swc'), path.join(root, 'node_modules/@swc'));
    write('node_modules/sluice/package-lock.json', '{"packages":{"node_modules/absent":{}}}');
    const launcher = copyLauncher('node_modules/sluice');
    expect(await node([launcher, 'you'])).toEqual({ code: 12, output: 'hello you\n' });
  });

  it('says in one line why it cannot compile', async () => {
    writeProject();
    write('model/greeting.ts', 'export const = ;\n');
    symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'));
    const { code, output } = await node([copyLauncher('.')]);
    expect(code).toBe(2);
    expect(output).toMatch(/^sluice could not be compiled in /);
    expect(output).not.toContain('    at ');
  });
});
