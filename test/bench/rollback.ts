// From a production that broke after it was released to the previous good release: by one `sluice rollback`, and by a release of
// that commit again, the whole pipeline, on the same local AWS. Workers are running, as a team's do, and the command line is a
// process of its own, as in somebody's terminal.
//
// The pipeline is favoured where it can be: the image is there already and is not built again, and nobody is asked for approval.
// Its gates are those of examples/shop-api (tests and a scan for secrets, seconds) and half a minute more (`--gate-seconds N`),
// which is less than most test suites take. Both wait for the same rollout and the same three good answers, so that a rollback can
// save no more than admit, gates and the image: twice as quick is what half a minute of gates must give, more gates give more.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startCloud } from '../../bin/demo/cloud';
import type { Cloud } from '../../bin/demo/cloud';
import { createRepository } from '../../bin/demo/repository';
import type { DemoRepository } from '../../bin/demo/repository';
import { startEmbedded } from '../../bin/embedded';
import type { Embedded } from '../../bin/embedded';
import { installRuntime } from '../../worker/telemetry';
import { runSluice } from '../e2e/stage/cli';
import { conclude, median, table } from './report';

const PROJECT = 'shop-api';
const ENVIRONMENT = 'production';
const ROUNDS = 3;
/** How many times quicker a rollback must be. */
const LEAST_RATIO = 2;
const GATE_SECONDS = 30;
const COMMAND_LIMIT_MS = 180_000;

interface Shop {
  cloud: Cloud;
  embedded: Embedded;
  repository: DemoRepository;
  good: string;
  bad: string;
}

/** One command line; answers its milliseconds, from the first keystroke to the exit code. */
async function sluice({ embedded, cloud, repository }: Shop, ...args: string[]): Promise<number> {
  const { address, namespace } = embedded.server;
  const env = { ...cloud.environment, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const startedAt = performance.now();
  const options = { cwd: repository.path, env, limitMs: COMMAND_LIMIT_MS };
  const { exitCode, stdout, stderr } = await runSluice([...args, '--actor', 'bench'], options);
  if (exitCode !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return performance.now() - startedAt;
}

/** What runs is the commit, by the service's own word. */
async function expectAnswer({ cloud }: Shop, commit: string): Promise<void> {
  const answer = await cloud.answer();
  if (answer !== commit) throw new Error(`the shop answers ${answer ?? 'nothing'} instead of ${commit}`);
}

/** The line goes on: a rollback holds it. */
const resume = (shop: Shop) => sluice(shop, 'resume', '--environment', ENVIRONMENT, '--project', PROJECT);

const release = (shop: Shop, commit: string) =>
  sluice(shop, 'start', '--commit', commit, '--repository', shop.repository.path, '--wait', '--allow-older', 'bench');

async function byRollback(shop: Shop): Promise<number> {
  const args = ['--environment', ENVIRONMENT, '--project', PROJECT, '--reason', 'the shop is broken'];
  const ms = await sluice(shop, 'rollback', ...args);
  await expectAnswer(shop, shop.good);
  await resume(shop);
  return ms;
}

async function byPipeline(shop: Shop): Promise<number> {
  const ms = await release(shop, shop.good);
  await expectAnswer(shop, shop.good);
  return ms;
}

/** Each from the same place: the bad commit was released, passed its health check, and broke afterwards. */
async function measure(shop: Shop): Promise<Record<'rollback' | 'pipeline', number[]>> {
  const measured = { rollback: [] as number[], pipeline: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, go] of [
      ['rollback', byRollback],
      ['pipeline', byPipeline],
    ] as const) {
      await release(shop, shop.bad);
      await expectAnswer(shop, shop.bad);
      const ms = await go(shop);
      measured[way].push(ms);
      process.stderr.write(`${round + 1} of ${ROUNDS}: ${way} ${ms.toFixed(0)} ms\n`);
    }
  }
  return measured;
}

async function open(directory: string, closing: (() => Promise<unknown>)[], gateSeconds: number): Promise<Shop> {
  const cloud = await startCloud(path.join(directory, 'aws'));
  closing.push(() => cloud.close());
  const embedded = await startEmbedded({
    stateDir: directory,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  closing.push(() => embedded.stop());
  const repository = await createRepository(path.join(directory, PROJECT), cloud);
  const first = await repository.commit('Open the shop', []);
  await cloud.deployByHand({ repository: repository.path, commit: first, checkout: repository.path });
  const port = (remark: string): string => `${remark}\${server.address().port}`;
  const quick = 'run: npm test';
  const slow = gateSeconds > 0 ? `run: sleep ${gateSeconds} && npm test` : quick;
  const change = (subject: string, [before, after]: [string, string], [from, to]: [string, string]): Promise<string> =>
    repository.commit(subject, [
      { file: 'server.js', find: port(before), replace: port(after) },
      { file: 'release.yml', find: from, replace: to },
    ]);
  // Only what is measured waits for the gate.
  const good = await change('Say the port', ['', 'port: '], [quick, slow]);
  const bad = await change('Break the shop', ['port: ', 'broken port: '], [slow, quick]);
  const shop = { cloud, embedded, repository, good, bad };
  await release(shop, good);
  return shop;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'gate-seconds': { type: 'string', default: String(GATE_SECONDS) } } });
  const gateSeconds = Number(values['gate-seconds']);
  installRuntime('ERROR', (line) => process.stderr.write(`${line}\n`));
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    tell(await measure(await open(directory, closing, gateSeconds)), gateSeconds);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function tell({ rollback, pipeline }: Record<'rollback' | 'pipeline', number[]>, gateSeconds: number): void {
  const [ours, theirs] = [median(rollback), median(pipeline)];
  // What was slept in a gate is known exactly: the rest is what the pipeline needs by itself.
  const withoutSleep = theirs - gateSeconds * 1000;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const row = (name: string, values: number[], ms: number) => [
    name,
    seconds(ms),
    seconds(Math.min(...values)),
    seconds(Math.max(...values)),
    (theirs / ms).toFixed(1),
  ];
  process.stdout.write(
    `${table([
      [`broken production to the previous good release, ${ROUNDS} of each`, 'median', 'least', 'most', 'times quicker'],
      row(`the whole pipeline again (image reused, ${gateSeconds} s in a gate)`, pipeline, theirs),
      row('sluice rollback', rollback, ours),
    ])}\n\nwithout what was slept in the gate: ${(withoutSleep / ours).toFixed(1)} times quicker\n`,
  );
  conclude(
    {
      ...{ bench: 'rollback', rollbackMs: Math.round(ours), pipelineMs: Math.round(theirs), gateSeconds },
      ...{ ratio: Number((theirs / ours).toFixed(2)), ratioWithoutSleep: Number((withoutSleep / ours).toFixed(2)) },
    },
    [{ what: `a rollback is at least ${LEAST_RATIO} times quicker`, held: theirs >= LEAST_RATIO * ours }],
  );
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
