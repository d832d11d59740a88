import { waitFor } from '../helpers/wait-for';
import type { CliRun } from './stage/cli';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

let stage: Stage;
let project: Project;

beforeAll(async () => {
  stage = await openStage();
  project = await stage.project('written');
});
afterAll(() => stage.close());

const ESCAPE = '\u001b';

/** Each line of stdout, which must be an object. */
function objects({ stdout }: CliRun): Record<string, unknown>[] {
  expect(stdout).toMatch(/\n$/);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const value = JSON.parse(line) as unknown;
      expect(value).toEqual(expect.objectContaining({}));
      return value as Record<string, unknown>;
    });
}

/** Not in a pipe, and nothing of Node's, the AWS SDK's or Temporal's. */
function expectQuiet(run: CliRun): void {
  expect(run.stderr).toBe('');
  expect(run.stdout).not.toContain(ESCAPE);
}

describe('a process of its own that does everything', () => {
  let run: CliRun;
  let check: CliRun;

  beforeAll(async () => {
    [run, check] = await Promise.all([
      stage.sluice(['run', '--json'], project.path),
      stage.sluice(['check'], project.path),
    ]);
  });

  it('run --json writes one object a line, the last of them the end, and nothing else anywhere', () => {
    expectQuiet(run);
    const lines = objects(run);
    expect(lines.at(-1)).toMatchObject({ kind: 'end', outcome: 'released', commit: project.first, exitCode: 0 });
    const kinds = new Set(lines.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['end', 'gate', 'phase', 'progress']);
    expect(run.exitCode).toBe(0);
  });

  it('check writes plain lines where there is no terminal', () => {
    expectQuiet(check);
    expect(check.stdout).toMatch(/^ +\d+\.\d+s {2}end +checked: /m);
    expect(check.exitCode).toBe(0);
  });
});

describe('commands that look on', () => {
  const COMMANDS = ['status', 'list', 'watch'];
  let workflowId: string;
  const runs = new Map<string, CliRun>();

  beforeAll(async () => {
    const { releases } = stage;
    ({ workflowId } = await releases.start(project.request(project.first, { purpose: 'check' })));
    await releases.awaitOutcome({ workflowId });
    await waitFor('the outcome to be listed', async () => {
      const [listed] = await releases.list({ project: project.name });
      return listed?.outcome === 'checked';
    });
    const lines = COMMANDS.flatMap((command) => [[command], [command, '--json']]);
    await Promise.all(
      lines.map(async (line) => {
        const about = line[0] === 'list' ? [] : [workflowId];
        runs.set(line.join(' '), await stage.sluice([...line, ...about], project.path, stage.temporal));
      }),
    );
  });

  it.each(COMMANDS)('%s --json writes objects', (command) => {
    const run = runs.get(`${command} --json`)!;
    expectQuiet(run);
    expect(JSON.stringify(objects(run))).toContain(workflowId);
    expect(run.exitCode).toBe(0);
  });

  it.each(COMMANDS)('%s writes plain text', (command) => {
    const run = runs.get(command)!;
    expectQuiet(run);
    expect(run.stdout).toContain('checked');
    expect(run.exitCode).toBe(0);
  });
});
