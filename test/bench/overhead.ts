// What a release costs beside the steps themselves: the same commits of examples/shop-api, released by Sluice and by a shell
// script, in turns, to the same service of the same local AWS. Workers are running, as a team's do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCloud } from '../../bin/demo/cloud';
import { createRepository } from '../../bin/demo/repository';
import type { DemoRepository } from '../../bin/demo/repository';
import { startEmbedded } from '../../bin/embedded';
import type { Embedded } from '../../bin/embedded';
import { PACKAGE_ROOT } from '../../bin/root';
import { deploymentId } from '../../model/ids';
import { installRuntime } from '../../worker/telemetry';
import { conclude, median, table } from './report';

const PAIRS = 5;
const MOST_ADDED_MS = 1_000;
/** Design section 4: 60 and 7 per gate and 25 per environment; 60 and 15 per service. The shop has two gates and one of each. */
const MOST_EVENTS = { release: 60 + 2 * 7 + 25, deployment: 60 + 15 };
const SCRIPT_LIMIT_MS = 120_000;
const SCRIPT = path.join(PACKAGE_ROOT, 'test', 'bench', 'plain-release.sh');
const SCANNER = path.join(PACKAGE_ROOT, 'activities', 'gates', 'secretlint-scan.mjs');

interface Shop {
  directory: string;
  url: string;
  embedded: Embedded;
  repository: DemoRepository;
}

async function bySluice({ embedded, repository }: Shop, commit: string) {
  const { releases, client } = embedded;
  const startedAt = performance.now();
  const started = await releases.start({
    purpose: 'release',
    project: 'shop-api',
    repository: repository.path,
    commit,
    environments: [],
    event: 'manual',
    actor: 'bench',
  });
  const end = await releases.awaitOutcome(started);
  const ms = performance.now() - startedAt;
  if (end.terminated || end.outcome.outcome !== 'released') throw new Error(`not released: ${JSON.stringify(end)}`);
  const events = async (workflowId: string): Promise<number> =>
    (await client.workflow.getHandle(workflowId).describe()).historyLength;
  return {
    ms,
    release: await events(started.workflowId),
    deployment: await events(deploymentId('shop-api', 'production')),
  };
}

async function byScript({ directory, url, repository }: Shop, commit: string): Promise<number> {
  const scratch = await mkdtemp(path.join(directory, 'script-'));
  const startedAt = performance.now();
  const child = spawn('bash', [SCRIPT], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: SCRIPT_LIMIT_MS,
    env: {
      ...process.env,
      REPOSITORY: repository.path,
      COMMIT: commit,
      SCRATCH: scratch,
      SCANNER,
      SERVICE_URL: url,
    },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`the script ended with exit code ${code ?? 'none'}`);
  await rm(scratch, { recursive: true, force: true });
  return ms;
}

/** Each commit is new to both: an image that is there already would not be built. */
function commitOf({ repository }: Shop, number: number): Promise<string> {
  const [before, after] = [number - 1, number].map((count) => `port: ${count} \${server.address().port}`);
  const first = '${server.address().port}';
  return repository.commit(`Change ${number}`, [
    { file: 'server.js', find: number === 1 ? first : (before ?? ''), replace: after ?? '' },
  ]);
}

async function measure(shop: Shop) {
  const sluice: Awaited<ReturnType<typeof bySluice>>[] = [];
  const script: number[] = [];
  let number = 0;
  // The first of each is not counted: caches of Node and Git, the lane's first environment workflow.
  for (let pair = 0; pair <= PAIRS; pair += 1) {
    const one = await bySluice(shop, await commitOf(shop, (number += 1)));
    const other = await byScript(shop, await commitOf(shop, (number += 1)));
    process.stderr.write(`${pair} of ${PAIRS}: Sluice ${one.ms.toFixed(0)} ms, script ${other.toFixed(0)} ms\n`);
    if (pair === 0) continue;
    sluice.push(one);
    script.push(other);
  }
  return { sluice, script };
}

async function main(): Promise<void> {
  installRuntime('ERROR', (line) => process.stderr.write(`${line}\n`));
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const cloud = await startCloud(path.join(directory, 'aws'));
    closing.push(() => cloud.close());
    const embedded = await startEmbedded({
      stateDir: directory,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    closing.push(() => embedded.stop());
    const repository = await createRepository(path.join(directory, 'shop-api'), cloud);
    const first = await repository.commit('Open the shop', []);
    await cloud.deployByHand({ repository: repository.path, commit: first, checkout: repository.path });
    const { sluice, script } = await measure({ directory, url: cloud.url, embedded, repository });
    tell(
      sluice.map(({ ms }) => ms),
      script,
      {
        release: Math.max(...sluice.map(({ release }) => release)),
        deployment: Math.max(...sluice.map(({ deployment }) => deployment)),
      },
    );
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function tell(sluice: number[], script: number[], events: typeof MOST_EVENTS): void {
  const [ours, theirs] = [median(sluice), median(script)];
  const added = ours - theirs;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const row = (name: string, values: number[], ms: number) => [
    name,
    seconds(ms),
    seconds(Math.min(...values)),
    seconds(Math.max(...values)),
    (ms / theirs).toFixed(2),
  ];
  process.stdout.write(
    `${table([
      [`a whole release, ${PAIRS} of each`, 'median', 'least', 'most', 'ratio'],
      row('plain script', script, theirs),
      row('Sluice', sluice, ours),
    ])}\n\nadded by Sluice: ${seconds(added)} (at most ${seconds(MOST_ADDED_MS)})\n` +
      `events of history: release ${events.release} (at most ${MOST_EVENTS.release}), deployment ${events.deployment} (at most ${MOST_EVENTS.deployment})\n`,
  );
  conclude(
    { bench: 'overhead', sluiceMs: Math.round(ours), scriptMs: Math.round(theirs), addedMs: Math.round(added), events },
    [
      { what: `Sluice adds at most ${seconds(MOST_ADDED_MS)} to the script`, held: added <= MOST_ADDED_MS },
      { what: `a release has at most ${MOST_EVENTS.release} events`, held: events.release <= MOST_EVENTS.release },
      {
        what: `a deployment has at most ${MOST_EVENTS.deployment} events`,
        held: events.deployment <= MOST_EVENTS.deployment,
      },
    ],
  );
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
