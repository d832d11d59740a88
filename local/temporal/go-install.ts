import { execFile } from 'node:child_process';
import { mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startGuarded } from './guarded';

const BUILD_LIMIT_MS = 30 * 60_000;
const GRACE_MS = 5_000;
const NEEDED_BYTES = 4e9;
const TAIL_CHARS = 500;
/** What says where modules come from; everything else of a user's Go setup stays out. */
const passedOn = [
  ...['PATH', 'GOPROXY', 'GONOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE', 'GOTOOLCHAIN', 'GOROOT'],
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ],
];

export interface GoInstallOptions {
  version: string;
  /** Holds all that Go writes, about 3.5 GB, and is gone afterwards. */
  scratch: string;
  guard: readonly string[];
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/**
 * Builds the Temporal CLI from source with the `go` on PATH, calls `use` with the binary, and deletes whatever Go wrote.
 * Takes minutes, and at most half an hour; throws when there is no room, no `go`, or the build fails.
 */
export async function goInstallCli(options: GoInstallOptions, use: (binary: string) => Promise<void>): Promise<void> {
  const { version, scratch, guard, env, signal } = options;
  await removeTree(scratch); // of an installation that was killed
  await mkdir(path.join(scratch, 'tmp'), { recursive: true });
  try {
    const { bavail, bsize } = await statfs(scratch);
    if (bavail * bsize < NEEDED_BYTES) {
      throw new Error(
        `${scratch} has ${Math.floor((bavail * bsize) / 1e6)} MB left, and Go needs ${NEEDED_BYTES / 1e6} MB`,
      );
    }
    let output = '';
    const build = startGuarded({
      guard,
      argv: ['go', 'install', `github.com/temporalio/cli/cmd/temporal@${version}`],
      cwd: scratch,
      env: goEnvironment(scratch, env),
      onOutput: (piece) => {
        output = (output + piece.toString()).slice(-TAIL_CHARS);
      },
    });
    const limit = AbortSignal.timeout(BUILD_LIMIT_MS);
    const code = await endOnAbort(build, signal ? AbortSignal.any([signal, limit]) : limit);
    signal?.throwIfAborted();
    if (limit.aborted) throw new Error('it was not done after 30 minutes');
    if (code !== 0) throw new Error(output.trim() || `it exited with ${code}`);
    await use(path.join(scratch, 'bin', 'temporal'));
  } finally {
    await removeTree(scratch);
  }
}

function goEnvironment(scratch: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const inherited = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    ...Object.fromEntries(inherited),
    HOME: scratch,
    TMPDIR: path.join(scratch, 'tmp'),
    GOPATH: path.join(scratch, 'path'),
    GOMODCACHE: path.join(scratch, 'modules'),
    GOCACHE: path.join(scratch, 'cache'),
    GOBIN: path.join(scratch, 'bin'),
    GOENV: 'off',
    GOFLAGS: '-modcacherw', // Go makes its module cache read-only otherwise, which stands in the way of deleting it
    GOTELEMETRY: 'off',
    CGO_ENABLED: '0', // a C compiler need not be there
  };
}

async function endOnAbort(build: ReturnType<typeof startGuarded>, signal: AbortSignal): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    build.terminate();
    timer = setTimeout(() => build.kill(), GRACE_MS);
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await build.exited;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Deletes a folder, read-only folders in it included: a toolchain that Go fetched is such a one. */
async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    await promisify(execFile)('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}
