import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ReleaseRequest } from '../../../model/plan';
import type { Account, History } from './account';

/** What is wrong with a commit that passes every gate. */
export type Defect =
  | 'none'
  /** The load balancer sees it: it never becomes healthy. */
  | 'sick'
  /** ECS is content with it, but it does not answer the question which commit it is. */
  | 'mute';

export interface ShopOptions {
  /** Whether a person is asked before the deployment. */
  approval?: boolean;
  /** How long its health may take, as release.yml says it; short where it is going to fail. */
  healthWithin?: string;
  /** As release.yml says it. */
  stableWithin?: string;
  /** The circuit breaker of the ECS service, with rollback. */
  circuitBreaker?: boolean;
  /** Whether the load balancer's verdict on new tasks is ignored for longer than any test lasts. */
  patient?: boolean;
}

/** A service of one task with its own repository, project and load balancer. Its gate and its answers can be held. */
export interface Shop {
  name: string;
  /** The Git repository. */
  repository: string;
  /** In the environment of every process of its gate, and nowhere else. */
  mark: string;
  commit(defect?: Defect): string;
  request(commit: string): ReleaseRequest;
  /** The gate does not end until `openGate`. */
  closeGate(): void;
  openGate(): void;
  /** How often the gate began. */
  gateRuns(): number;
  /** The service does not answer with this commit until `unmute`. */
  mute(commit: string): void;
  unmute(commit: string): void;
  /** Whether the running commit was asked who it is, mute or not. */
  wasAsked(commit: string): boolean;
  /** The commit that the running service answers with, `by-hand` for what ran before Sluice; undefined while it does not. */
  answer(): Promise<string | undefined>;
  history(): Promise<History>;
}

export const BY_HAND = 'by-hand';

export async function openShop(
  account: Account,
  directory: string,
  name: string,
  options: ShopOptions = {},
): Promise<Shop> {
  const [repository, control] = [path.join(directory, 'repository'), path.join(directory, 'control')];
  await Promise.all([repository, control].map((folder) => mkdir(folder, { recursive: true })));
  const server = (defect: Defect): string => serverSource(control, defect);
  const url = await account.deployByHand(name, {
    server: server('none'),
    circuitBreaker: options.circuitBreaker ?? true,
    patient: options.patient ?? false,
  });
  const git = gitIn(repository);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(path.join(repository, 'release.yml'), releaseFile(account, name, { url, control, options }));

  let commits = 0;
  const file = (...parts: string[]): string => path.join(control, parts.join('-'));
  return {
    name,
    repository,
    mark: control,
    commit(defect = 'none') {
      commits += 1;
      writeFileSync(path.join(repository, 'server.mjs'), `// ${commits}\n${server(defect)}`);
      git('add', '--all');
      git('commit', '--quiet', '--message', `change ${commits}: ${defect}`);
      return git('rev-parse', 'HEAD');
    },
    request: (commit) => ({
      purpose: 'release',
      project: name,
      repository,
      commit,
      environments: [],
      event: 'manual',
      actor: 'ann@example.com',
    }),
    closeGate: () => writeFileSync(file('gate', 'closed'), ''),
    openGate: () => rmSync(file('gate', 'closed'), { force: true }),
    gateRuns: () => (existsSync(file('gate', 'runs')) ? readFileSync(file('gate', 'runs'), 'utf8').length : 0),
    mute: (commit) => writeFileSync(file('mute', commit), ''),
    unmute: (commit) => rmSync(file('mute', commit), { force: true }),
    wasAsked: (commit) => existsSync(file('asked', commit)),
    async answer() {
      try {
        const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(2_000) });
        return response.ok ? ((await response.json()) as { commit: string }).commit : undefined;
      } catch {
        return undefined;
      }
    },
    history: () => account.historyOf(name),
  };
}

function serverSource(control: string, defect: Defect): string {
  return `
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { COMMIT_SHA: commit = '${BY_HAND}', HOST: host, PORT: port } = process.env;
const defect = '${defect}';

function status(path) {
  if (path === '/healthz') return defect === 'sick' ? 503 : 200;
  writeFileSync('${control}/asked-' + commit, '');
  return defect === 'mute' || existsSync('${control}/mute-' + commit) ? 503 : 200;
}

createServer((request, response) => {
  response.writeHead(status(request.url), { 'content-type': 'application/json' });
  response.end(JSON.stringify({ commit }));
}).listen(Number(port), host);
process.once('SIGTERM', () => process.exit(0));
`;
}

function releaseFile(
  { region, cluster }: Account,
  name: string,
  { url, control, options }: { url: string; control: string; options: ShopOptions },
): string {
  const { approval = false, healthWithin = '2m', stableWithin = '2m' } = options;
  return `
project: ${name}
gates:
  tests:
    run: printf x >> "$CONTROL/gate-runs"; while [ -e "$CONTROL/gate-closed" ]; do sleep 0.1; done
    environment: { CONTROL: '${control}' }
image:
  repository: ${name}
  builder: pack
  files: [server.mjs]
  command: [node, server.mjs]
  environment: { COMMIT_SHA: '\${commit}' }
environments:
  production:
    region: ${region}
    cluster: ${cluster}
    ${approval ? 'approval: { minimum: 1, expires: 1d }' : ''}
    services:
      ${name}:
        health: { http: '${url}/version', commit-at: commit, times: 2, every: 200ms, within: ${healthWithin} }
        stable-within: ${stableWithin}
`;
}

/** Nobody's own configuration, hooks or signing key has a part in this. */
function gitIn(repository: string): (...args: string[]) => string {
  const who = { NAME: 'Ann', EMAIL: 'ann@example.com' };
  const env = {
    PATH: process.env['PATH'],
    HOME: repository,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(who).map(([what, value]) => [`GIT_${role}_${what}`, value]),
      ),
    ),
  };
  return (...args) => execFileSync('git', args, { cwd: repository, env, encoding: 'utf8', timeout: 30_000 }).trim();
}
