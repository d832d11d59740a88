import { createHash, randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Repository of the local names that built images have until they are disposed of. It is never pushed. */
export const BUILD_REPOSITORY = 'sluice-build';

const TAG = /^(?<commit>[0-9a-f]{40})-(?<machine>[0-9a-f]{16})-(?<pid>\d+)-(?<start>\d+)-[0-9a-f]{8}$/;

/**
 * A local name for one build, by which it can be told later whether its builder still lives: it holds the commit and this
 * process, by machine, pid and time of start. A name and not a label: labels would go to the registry and come back with
 * every pull, and a name is counted, so that two builds of the same content do not remove each other's image.
 */
export async function newBuildName(commit: string): Promise<string> {
  const start = (await startOf(process.pid)) ?? '0';
  const parts = [commit, await thisMachine(), process.pid, start, randomBytes(4).toString('hex')];
  return `${BUILD_REPOSITORY}:${parts.join('-')}`;
}

/**
 * The commit of a build whose process is gone, by the tag of its local name; undefined for one that may still be running,
 * for one of another machine (daemons may be shared), and for what is no such tag at all.
 */
export async function abandonedCommit(tag: string): Promise<string | undefined> {
  const { commit, machine, pid, start } = TAG.exec(tag)?.groups ?? {};
  if (commit === undefined || machine !== (await thisMachine())) return undefined;
  // Processes get the pids of those before them, but not their time of start.
  return (await startOf(Number(pid))) === start ? undefined : commit;
}

/** This boot of this machine and, in a container, this namespace of pids: where a pid means the same process. */
async function thisMachine(): Promise<string> {
  const parts = [readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')];
  const identity = await Promise.all(parts).catch(() => [hostname()]); // no Linux
  return createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 16);
}

/** When a process started, in ticks since the boot, and 0 where that cannot be told; undefined when it is gone. Source: proc(5). */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return process.platform === 'linux' ? undefined : '0';
  // After the name, which may hold anything: state is the third field, starttime the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
