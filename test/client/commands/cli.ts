import type { CliDeps, Interrupt } from '../../../client/commands/deps';
import { buildProgram, runProgram } from '../../../client/commands/program';
import type { Releases } from '../../../client/releases';
import { outputList } from '../render/output-list';

export interface CliRun {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Each line of stdout as JSON. */
  json(): unknown[];
}

export interface CliWorld {
  /** What the fake answers; a call to anything else fails the test. */
  releases?: Partial<Releases>;
  cwd?: string;
  /** Gets the handler of SIGINT and SIGTERM while a command waits. */
  interrupts?: (send: (signal: Interrupt) => void) => void;
  exits?: number[];
}

/** Runs one command line as `bin/sluice` would, in this process. */
export async function runCli(argv: string[], world: CliWorld = {}): Promise<CliRun> {
  const stdout = outputList();
  const stderr = outputList();
  const deps: CliDeps = {
    version: '1.2.3',
    stdout,
    stderr,
    env: {},
    cwd: world.cwd ?? '/nowhere',
    connect: () => Promise.resolve(fakeReleases(world.releases ?? {})),
    onInterrupt(handler) {
      world.interrupts?.(handler);
      return () => undefined;
    },
    exitNow: (code) => void world.exits?.push(code),
    now: () => Date.parse('2026-11-23T12:00:00Z'),
    exit: { code: 0 },
  };
  const exitCode = await runProgram(buildProgram(deps), argv, deps);
  return {
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
    json: () =>
      stdout
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
  };
}

function fakeReleases(answers: Partial<Releases>): Releases {
  return new Proxy({ close: () => Promise.resolve(), ...answers } as Releases, {
    get(target, name) {
      // `await` asks every object whether it is a promise.
      if (name in target || name === 'then') return Reflect.get(target, name) as unknown;
      throw new Error(`the command asked for \`${String(name)}\`, which this test does not expect`);
    },
  });
}
