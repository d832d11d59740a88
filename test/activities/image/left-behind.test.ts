import { spawnSync } from 'node:child_process';
import { abandonedCommit, newBuildName } from '../../../activities/image/dockerfile/build-name';
import { buildah } from '../../../activities/image/dockerfile/buildah';
import { docker } from '../../../activities/image/dockerfile/docker';
import type { Run } from '../../../activities/image/dockerfile/run';
import { sweep } from '../../../activities/image/dockerfile/sweep';
import type { DockerfileTool } from '../../../activities/image/dockerfile/tool';
import { COMMIT } from './harness';

/** The tag of a build of this process, with some of its parts (commit, machine, pid, start, random) replaced. */
async function tag(replaced: Record<number, string | number> = {}): Promise<string> {
  const [, own = ''] = (await newBuildName(COMMIT)).split(':');
  return own
    .split('-')
    .map((part, index) => replaced[index] ?? part)
    .join('-');
}

/** The pid of a process that has ended. */
const gone = (): number => spawnSync(process.execPath, ['--version']).pid;

describe('the local name of a build', () => {
  it('is a name that Docker takes, and no two are the same', async () => {
    const names = await Promise.all([newBuildName(COMMIT), newBuildName(COMMIT)]);
    expect(names[0]).toMatch(/^sluice-build:[0-9A-Za-z][\w.-]{0,127}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('says that its process lives', async () => {
    expect(await abandonedCommit(await tag())).toBeUndefined();
  });

  it('says which commit was left behind when its process is gone', async () => {
    expect(await abandonedCommit(await tag({ 2: gone() }))).toBe(COMMIT);
  });

  it('is not taken for that of a later process with the same pid', async () => {
    expect(await abandonedCommit(await tag({ 3: 1 }))).toBe(COMMIT);
  });

  it('says nothing about processes of another machine, or when it is no such name', async () => {
    expect(await abandonedCommit(await tag({ 1: 'f'.repeat(16), 2: gone() }))).toBeUndefined();
    for (const other of ['latest', '1.2.3', COMMIT, '']) expect(await abandonedCommit(other)).toBeUndefined();
  });
});

describe('before a build', () => {
  let [left, living] = ['', ''];
  beforeEach(async () => {
    [left, living] = [await tag({ 2: gone() }), await tag()];
  });

  /** The command lines of a sweep, where `docker image ls` and the like print this. */
  async function commandsOf(tool: DockerfileTool, prints: (argv: string[]) => string[]): Promise<string[]> {
    const seen: string[] = [];
    const run: Run = async (argv) => {
      seen.push(argv.join(' '));
      return { exitCode: 0, timedOut: false, tail: prints(argv).join('\n'), outputBytes: 0, durationMs: 0 };
    };
    await sweep(tool, run);
    return seen;
  }

  it('docker removes what was left behind, by all names that we gave it, and nothing else', async () => {
    const pushedAs = `127.0.0.1:5000/shop-api:${COMMIT}`;
    const commands = await commandsOf(docker, (argv) => {
      if (argv.includes('ls')) return [left, living, 'theirs', '<none>'];
      return argv.includes('inspect') ? [`sluice-build:${left}`, pushedAs, 'shop-api:latest'] : [];
    });
    expect(commands.slice(2)).toEqual([
      `docker image rm --no-prune ${pushedAs}`,
      `docker image rm --no-prune sluice-build:${left}`,
    ]);
  });

  it('buildah removes containers while nobody builds, then images likewise', async () => {
    const commands = await commandsOf(buildah('/cache'), (argv) => (argv.includes('images') ? [left, living] : []));
    expect(commands).toEqual([
      expect.stringMatching(/^flock --no-fork --exclusive --nonblock \/cache\/building\.lock buildah .* rm --all$/),
      expect.stringMatching(/ images .*reference=localhost\/sluice-build$/),
      expect.stringMatching(new RegExp(` rmi sluice-build:${left}$`)),
    ]);
  });

  it('nothing is removed where there is nothing, or where the tool could not say', async () => {
    expect(await commandsOf(docker, () => ['Error: no such thing'])).toHaveLength(1);
  });
});
