// What gates cost beside themselves: sleeping ones, whose slowest path is known, and the real ones of examples/shop-api with
// gitleaks, against the slowest of them alone and against the CPU time that they use together.
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { activitiesOn } from '../../bin/activities';
import { PACKAGE_ROOT } from '../../bin/root';
import { releasesOf } from '../../client/releases';
import type { ReleaseStatus } from '../../model/messages';
import { openRepository } from '../e2e/stage/repository';
import type { Repository } from '../e2e/stage/repository';
import { realGitleaks } from '../helpers/gate-tools/gitleaks';
import { startTestServer } from '../helpers/temporal';
import type { TestServer } from '../helpers/temporal';
import { conclude, table } from './report';

const MOST_OVER = { sleeping: 1.05, real: 1.1 };
/** `a` alone, and `b` and then `c`, take as long as each other: the slowest path, in seconds. */
const SLEEPING = { a: 'sleep 15', b: 'sleep 9', c: 'sleep 6', d: 'sleep 12' };
const SLOWEST_MS = 15_000;
const REAL = {
  tests: '{ run: npm test, coverage: { lcov: lcov.info, lines: 0 } }',
  secrets: '{ uses: secretlint }',
  history: '{ uses: gitleaks }',
};
/** Of the clock that the kernel counts CPU time by. */
const TICK_MS = 10;

interface Bench {
  server: TestServer;
  repository: Repository;
}

function releaseFile(gates: Record<string, string>): string {
  const lines = Object.entries(gates).map(([name, gate]) => `  ${name}: ${gate}`);
  return `project: shop-api
gates:
${lines.join('\n')}
image: { repository: shop, builder: pack, files: ['server.js'], command: [node, server.js] }
environments: { production: { region: eu-west-1, cluster: main, services: { api: { health: { digest: true } } } } }
`;
}

/** How long the phase of the gates took, and each gate in it. */
async function check({ server, repository }: Bench, gates: Record<string, string>) {
  const commit = await repository.commit({ 'release.yml': releaseFile(gates) });
  const releases = releasesOf(server.client);
  const before = childrensCpuMs();
  const started = await releases.start({
    ...{ purpose: 'check', project: 'shop-api', repository: repository.path, commit },
    ...{ environments: [], event: 'manual', actor: 'bench' },
  });
  const end = await releases.awaitOutcome(started);
  if (end.terminated || end.outcome.outcome !== 'checked') throw new Error(`not checked: ${JSON.stringify(end)}`);
  const status = await releases.status(started);
  return { ms: phaseMs(status), gates: status.gates, cpuMs: childrensCpuMs() - before };
}

function phaseMs({ phases }: ReleaseStatus): number {
  const phase = phases.find((each) => each.phase === 'gates');
  if (phase?.endedAt === undefined) throw new Error('the gates have not ended');
  return phase.endedAt - phase.startedAt;
}

/** CPU time of all processes that ended as descendants of this one: proc(5), `cutime` and `cstime` of stat. */
function childrensCpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

async function measure(bench: Bench) {
  const { a, b, c, d } = SLEEPING;
  await check(bench, { warm: '{ run: "true" }' });
  const sleeping = await check(bench, {
    ...{ a: `{ run: ${a} }`, b: `{ run: ${b} }` },
    ...{ c: `{ run: ${c}, needs: [b] }`, d: `{ run: ${d} }` },
  });
  const alone: number[] = [];
  for (const [name, gate] of Object.entries(REAL)) alone.push((await check(bench, { [name]: gate })).ms);
  const real = await check(bench, REAL);
  return { sleeping, real, slowestAlone: Math.max(...alone) };
}

function tell({ sleeping, real, slowestAlone }: Awaited<ReturnType<typeof measure>>): void {
  const cpuMs = real.cpuMs / os.availableParallelism();
  const bound = Math.max(slowestAlone, cpuMs);
  const [over, overReal] = [sleeping.ms / SLOWEST_MS, real.ms / bound];
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  process.stdout.write(
    `${table([
      ['gates', 'wall', 'slowest path', 'CPU / cores', 'over'],
      ['sleeping', ms(sleeping.ms), ms(SLOWEST_MS), '', `${((over - 1) * 100).toFixed(1)} %`],
      ['real', ms(real.ms), ms(slowestAlone), ms(cpuMs), `${((overReal - 1) * 100).toFixed(1)} %`],
    ])}\n`,
  );
  conclude({ bench: 'gates', sleepingMs: sleeping.ms, realMs: real.ms, slowestAloneMs: slowestAlone, cpuMs }, [
    { what: 'sleeping gates take at most 5 % more than their slowest path', held: over <= MOST_OVER.sleeping },
    {
      what: 'real gates take at most 10 % more than the slowest alone, or than their CPU time on all cores',
      held: overReal <= MOST_OVER.real,
    },
  ]);
}

async function main(): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const bin = path.join(directory, 'bin');
    await mkdir(bin);
    await symlink(await realGitleaks(), path.join(bin, 'gitleaks'));
    process.env['PATH'] = [bin, process.env['PATH']].join(path.delimiter);
    const server = await startTestServer();
    closing.push(() => server.stop());
    await server.work(activitiesOn(path.join(directory, 'worker')));
    const repository = await openRepository(path.join(directory, 'shop-api'));
    await cp(path.join(PACKAGE_ROOT, 'examples', 'shop-api'), repository.path, { recursive: true });
    tell(await measure({ server, repository }));
  } finally {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
