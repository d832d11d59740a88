import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../../bin/root';
import { goTool } from './go-tools';

export const COMPOSE_FILE = path.join(PACKAGE_ROOT, 'docker-compose.yml');

/** Compose's own loader, as a program. */
const LOADER = { module: 'github.com/compose-spec/compose-go/v2', version: 'v2.16.2', package: 'cmd' };
const LOAD_LIMIT_MS = 30_000;

/** What of compose's model these tests read; the loader has checked all of it against compose's schema. */
export interface Service {
  image: string;
  build?: { context: string };
  profiles?: string[];
  restart?: string;
  entrypoint?: string[] | null;
  command?: string[] | null;
  environment?: Record<string, string | null>;
  network_mode?: string;
  networks?: Record<string, unknown>;
  ports?: { host_ip?: string; target: number; published: string }[];
  volumes?: { type: string; source?: string; target: string; read_only?: boolean }[];
  tmpfs?: string[];
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  healthcheck?: { test: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

export interface ComposeModel {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
}

/**
 * docker-compose.yml as compose's own loader normalises it: merged, with absolute paths, and interpolated with the defaults that
 * it names (this loader's program has no environment), or not at all. The services of all profiles are in it. Rejects
 * with the loader's complaint.
 */
export async function loadCompose({ interpolated = true } = {}): Promise<ComposeModel> {
  const loader = await goTool(LOADER);
  const options = { cwd: PACKAGE_ROOT, env: { PATH: process.env['PATH'] }, timeout: LOAD_LIMIT_MS, maxBuffer: 8e6 };
  const args = ['-format', 'json', ...(interpolated ? [] : ['-no-interpolation']), COMPOSE_FILE];
  const { stdout, stderr } = await promisify(execFile)(loader, args, options);
  if (stderr !== '') throw new Error(`compose's loader complains: ${stderr}`);
  return JSON.parse(stdout) as ComposeModel;
}

/** Ends by itself: a set-up job, or the demo's release. */
export function isOneShot({ restart }: Service): boolean {
  return restart === 'no';
}

/** The services that `docker compose up` starts with these profiles. */
export function servicesWith({ services }: ComposeModel, profiles: readonly string[]): Record<string, Service> {
  const active = Object.entries(services).filter(
    ([, service]) => service.profiles === undefined || service.profiles.some((name) => profiles.includes(name)),
  );
  return Object.fromEntries(active);
}

/** Every other service that this one cannot start without. */
export function needs({ depends_on = {}, network_mode = '' }: Service): string[] {
  const shared = /^service:(.+)$/.exec(network_mode)?.[1];
  return [...Object.keys(depends_on), ...(shared === undefined ? [] : [shared])];
}
