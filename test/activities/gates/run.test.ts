import { activityEnvironment } from '../../helpers/activity-environment';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../helpers/wait-for';
import { createBench, runActivity, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
  bench.commit({ 'hello.txt': 'hello\n' });
});

afterEach(async () => {
  await bench.remove();
});

describe('the verdict of a command', () => {
  it.each<[string, Parameters<typeof runGate>, { verdict: string; cause: string }]>([
    ['exit code 0 passes', ['cat hello.txt'], { verdict: 'passed', cause: '`cat hello.txt` succeeded' }],
    ['any other fails', ['exit 3'], { verdict: 'failed', cause: '`exit 3` failed with exit code 3' }],
    [
      'the first failing line of a script fails',
      ['false\ntrue'],
      { verdict: 'failed', cause: '`false` failed with exit code 1' },
    ],
    [
      'a variable that is not set fails',
      ['echo $NOT_SET'],
      { verdict: 'failed', cause: '`echo $NOT_SET` failed with exit code' },
    ],
    ['a crash fails', ['kill -SEGV $$'], { verdict: 'failed', cause: '`kill -SEGV $$` failed with exit code 139' }],
    [
      'a missing command cannot tell',
      ['no-such-tool --check'],
      { verdict: 'undetermined', cause: 'a command in it was not found (exit code 127); install it' },
    ],
    [
      'a file that may not be executed cannot tell',
      ['./hello.txt'],
      { verdict: 'undetermined', cause: 'may not be executed (exit code 126)' },
    ],
    ['being killed cannot tell', ['kill -KILL $$'], { verdict: 'undetermined', cause: 'was killed (exit code 137)' }],
    [
      'time over cannot tell',
      ['sleep 60', { timeoutMs: 300 }],
      { verdict: 'undetermined', cause: "`sleep 60` was not done when the gate's 0.3 s were over" },
    ],
    [
      'setup that fails cannot tell, and the gate is not run',
      ['true', { setup: ['exit 4'] }],
      { verdict: 'undetermined', cause: 'setup `exit 4` failed with exit code 4, so the gate itself was not run' },
    ],
    [
      'setup that takes all the time cannot tell',
      ['true', { setup: ['sleep 60'], timeoutMs: 300 }],
      { verdict: 'undetermined', cause: 'setup `sleep 60` was not done' },
    ],
  ])('%s', async (_, [run, extra], { verdict, cause }) => {
    expect(await bench.run(runGate(run, extra))).toMatchObject({
      gate: 'tests',
      verdict,
      cause: expect.stringContaining(cause) as unknown,
    });
  });

  it('carries the last lines, without the colours of a terminal, and keeps the whole in a log', async () => {
    const result = await bench.run(
      runGate('printf "\\033[31mred\\033[0m\\n"; seq 1 100; exit 1', { setup: ['echo prepared'] }),
    );
    expect(result.tail.split('\n').at(-1)).toBe('100');
    expect(result.tail.length).toBeLessThan(2_100);
    const log = readFileSync(result.log ?? '', 'utf8');
    expect(log).toContain('$ echo prepared\nprepared\n');
    expect(log).toContain('\n1\n2\n3\n');
    expect(log.trimEnd().split('\n').at(-1)).toContain('[failed]');
  });
});

describe('what a command sees', () => {
  it('is the commit, its id, and nothing of the worker', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'of the worker';
    process.env['TEMPORAL_API_KEY'] = 'of the worker';
    try {
      const result = await bench.run(runGate('env; echo "in $(cat hello.txt)"', { environment: { MODE: 'test' } }));
      const log = readFileSync(result.log ?? '', 'utf8');
      expect(log).not.toContain('of the worker');
      expect(log).toContain(`SLUICE_COMMIT=${bench.input(runGate('')).commit}`);
      expect(log).toContain('CI=true');
      expect(log).toContain('MODE=test');
      expect(log).toContain('in hello');
      const folders = [...log.matchAll(/^(?:HOME|TMPDIR)=(.*)$/gm)].map(([, folder]) => folder);
      expect(folders).toHaveLength(2);
      for (const folder of folders) expect(folder?.startsWith(bench.deps.workDir)).toBe(true);
    } finally {
      delete process.env['AWS_SECRET_ACCESS_KEY'];
      delete process.env['TEMPORAL_API_KEY'];
    }
  });

  it('is no Git repository, not even one around the folder of the worker', async () => {
    execFileSync('git', ['init', '--quiet', bench.folder]);
    const result = await bench.run(runGate('git rev-parse --git-dir'));
    expect(result).toMatchObject({
      verdict: 'failed',
      tail: expect.stringContaining('not a git repository') as unknown,
    });
  });

  it('leaves short enough names for sockets in TMPDIR', async () => {
    const { cause, log } = await bench.run(runGate('echo "at $TMPDIR"'));
    expect(cause).toContain('succeeded');
    const tmp = /^at (.*)$/m.exec(readFileSync(log ?? '', 'utf8'))?.[1] ?? '';
    expect(tmp.length - bench.deps.workDir.length).toBeLessThan(40);
  });

  it('says the last line of output in its heartbeats', async () => {
    const environment = activityEnvironment();
    const heard = path.join(bench.folder, 'heard');
    environment.on('heartbeat', (text: unknown) => {
      if (text === '12 of 40 tests') writeFileSync(heard, '');
    });
    const gate = runGate(`echo "12 of 40 tests"; until [ -e ${heard} ]; do sleep 0.05; done`);
    expect(await runActivity(bench.activities.runGate, bench.input(gate), environment)).toMatchObject({
      verdict: 'passed',
    });
  });
});

describe('the checkout', () => {
  it('is made once for all gates of a release that start together', async () => {
    const gates = ['a', 'b', 'c'].map((name) => runGate(`cat hello.txt; touch ${name}`, { name }));
    const results = await Promise.all(gates.map((gate) => bench.run(gate)));
    expect(results.map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'passed']);
    expect(bench.checkouts()).toBe(1);
    expect(await bench.run(runGate('ls a b c'))).toMatchObject({ verdict: 'passed' });
  });

  it('is made again when a worker was killed while making it', async () => {
    let broken = true;
    const { checkout } = bench.deps;
    const retried = createBench({
      checkout: async (input, signal) => {
        const tree = await checkout(input, signal);
        if (!broken) return tree;
        broken = false;
        throw new Error('the worker died here');
      },
    });
    try {
      const input = bench.input(runGate('cat hello.txt'));
      await expect(runActivity(retried.activities.runGate, input)).rejects.toThrow('the worker died here');
      expect(await runActivity(retried.activities.runGate, input)).toMatchObject({ verdict: 'passed' });
    } finally {
      await retried.remove();
    }
  });

  it('must hold the tree that was admitted', async () => {
    const input = { ...bench.input(runGate('true')), treeHash: '0'.repeat(40) };
    await expect(runActivity(bench.activities.runGate, input)).rejects.toThrow(/holds tree .* admitted with tree 0000/);
  });

  it('goes away with the workspace, what is write-protected included, and twice is as good as once', async () => {
    await bench.run(runGate('mkdir -p "$HOME/go/mod" && touch "$HOME/go/mod/f" && chmod -R a-w "$HOME/go"'));
    const input = { workspace: bench.input(runGate('')).workspace };
    for (let times = 0; times < 2; times++) {
      await runActivity(bench.activities.removeWorkspace, input);
      expect(readdirSync(bench.deps.workDir)).toEqual([]);
    }
  });
});

describe('being stopped', () => {
  /** Starts a gate that leaves its own process id and that of a child in the background, and runs on. */
  async function startEndless(name = 'tests') {
    const marker = path.join(bench.folder, `pids-${name}`);
    const environment = activityEnvironment();
    const gate = runGate(`sleep 300 & echo $$ $! > ${marker}.new; mv ${marker}.new ${marker}; wait`, {
      name,
      timeoutMs: 300_000,
    });
    const running = runActivity(bench.activities.runGate, bench.input(gate), environment);
    running.catch(() => undefined);
    await waitFor('the gate runs', () => existsSync(marker));
    const pids = readFileSync(marker, 'utf8').trim().split(' ').map(Number);
    return { environment, running, pids };
  }

  /** A process that is dead but not yet waited for by its new parent still takes signals. */
  const isAlive = (pid: number): boolean => {
    try {
      return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .startsWith('Z');
    } catch {
      return false;
    }
  };

  it('by a cancellation ends the whole process tree before the activity ends', async () => {
    const { environment, running, pids } = await startEndless();
    environment.cancel();
    await expect(running).rejects.toThrow();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('by the removal of the workspace does so too', async () => {
    const { running, pids } = await startEndless();
    await runActivity(bench.activities.removeWorkspace, { workspace: bench.input(runGate('')).workspace });
    await expect(running).rejects.toThrow('The workspace was removed while the gate ran.');
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('by a later attempt of the same gate, which Temporal starts when it gave this one up', async () => {
    const { running, pids } = await startEndless();
    expect(await bench.run(runGate('true'))).toMatchObject({ verdict: 'passed' });
    await expect(running).rejects.toThrow('A later attempt of the gate took its place.');
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('does not happen to another gate', async () => {
    const { environment, running, pids } = await startEndless('slow');
    expect(await bench.run(runGate('true'))).toMatchObject({ verdict: 'passed' });
    expect(pids.filter(isAlive)).toEqual(pids);
    environment.cancel();
    await expect(running).rejects.toThrow();
  });
});
