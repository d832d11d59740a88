import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { goModuleFolder, goTool } from './go-tools';
import type { BuiltImage } from './image';
import { buildImage } from './image';
import type { ComposeModel } from './model';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const INITDB_LIMIT_MS = 60_000;

/** The programs that the images of docker-compose.yml hold, at the versions that it names, and how such an image starts. */
export interface Programs {
  /** PATH of every service: ours first, then this machine's. */
  path: string;
  /** Our own image, made as the Dockerfile says. */
  sluice: BuiltImage;
  /** The configuration that the UI's image holds. */
  uiConfig: string;
}

/** Builds and finds them all. The first time it takes minutes. */
export async function findPrograms({ services }: ComposeModel, scratch: string): Promise<Programs> {
  const server = { module: 'go.temporal.io/server', version: versionOf(services['temporal']!.image) };
  const ui = {
    module: 'github.com/temporalio/ui-server/v2',
    version: versionOf(services['temporal-ui']!.image),
    package: 'cmd/server',
  };
  const bin = path.join(scratch, 'bin');
  await mkdir(bin, { recursive: true });
  const programs = {
    'temporal-server': await goTool({ ...server, package: 'cmd/server' }),
    'temporal-sql-tool': await goTool({ ...server, package: 'cmd/tools/sql' }),
    'ui-server': await goTool(ui),
    temporal: process.env['TEMPORAL_CLI_PATH']!, // found before any test starts
  };
  for (const [name, program] of Object.entries(programs)) await symlink(program, path.join(bin, name));
  const sluice = await buildImage(path.join(scratch, 'image'));
  const ours = path.join(sluice.root, 'usr', 'local', 'bin');
  return {
    path: [bin, ours, await postgresFolder(), process.env['PATH']].join(':'),
    sluice,
    uiConfig: path.join(await goModuleFolder(ui), 'config', 'docker.yaml'),
  };
}

/** `v1.29.1` of `temporalio/server:1.29.1`. */
export function versionOf(image: string): string {
  return `v${/:(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? ''}`;
}

/** Runs a command as a plain user, as containers do: as `nobody`, or another, when the tests are root. */
export function asPlainUser(argv: readonly string[], user = 'nobody'): string[] {
  if (process.getuid?.() !== 0) return [...argv];
  return ['setpriv', `--reuid=${user}`, `--regid=${user === 'nobody' ? 'nogroup' : user}`, '--clear-groups', ...argv];
}

/** What the image of PostgreSQL does before it starts a new database, and the command line that it then runs. */
export async function initPostgres(
  root: string,
  environment: Readonly<Record<string, string>>,
  port: number,
): Promise<string[]> {
  const { POSTGRES_USER = '', POSTGRES_PASSWORD = '', POSTGRES_INITDB_ARGS = '' } = environment;
  const home = path.join(root, 'home');
  const passwordFile = path.join(home, 'password');
  await mkdir(home, { recursive: true });
  await chmod(home, 0o777);
  await writeFile(passwordFile, POSTGRES_PASSWORD);
  const data = path.join(home, 'data');
  const folder = await postgresFolder();
  const initdb = [path.join(folder, 'initdb'), '-D', data, `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`];
  const [program = '', ...args] = asPlainUser(
    [...initdb, '--auth=scram-sha-256', '--no-sync', ...POSTGRES_INITDB_ARGS.split(' ')],
    'postgres',
  );
  await promisify(execFile)(program, args, { cwd: home, timeout: INITDB_LIMIT_MS });
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${home}`, 'fsync=off'];
  const postgres = [path.join(folder, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  return asPlainUser(postgres, 'postgres');
}

/** As the UI's image: its start script is `exec ./ui-server --env docker start` in a folder with `config/docker.yaml`. */
export async function initUi(root: string, { uiConfig }: Programs): Promise<{ argv: string[]; cwd: string }> {
  const cwd = path.join(root, 'home', 'ui-server');
  await mkdir(path.join(cwd, 'config'), { recursive: true });
  await cp(uiConfig, path.join(cwd, 'config', 'docker.yaml'));
  return { argv: ['ui-server', '--env', 'docker', 'start'], cwd };
}

/** Debian keeps the server's programs apart from PATH, by major version. */
async function postgresFolder(): Promise<string> {
  const majors = await readdir(DEBIAN_POSTGRES).catch(() => []);
  const newest = majors.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error("no PostgreSQL server is on this machine: install Debian's `postgresql`");
  return path.join(DEBIAN_POSTGRES, newest, 'bin');
}
