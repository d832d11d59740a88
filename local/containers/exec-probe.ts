import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../aws/contract';
import { flag, integer, requiredText } from '../aws/input';
import type { Engine } from './engine';

const EXIT_POLL_MS = 10;

/** Runs a command in a running container; answers whether it exited 0 within the time. Never rejects. */
export async function runProbe(engine: Engine, id: string, command: string[], timeoutMs: number): Promise<boolean> {
  try {
    const body = { Cmd: command, AttachStdout: true, AttachStderr: true };
    const created = (await engine.call('POST', `/containers/${id}/exec`, { body })) as JsonObject;
    const exec = `/exec/${requiredText(created, 'Id')}`;
    const output = await engine.open('POST', `${exec}/start`, { body: { Detach: false, Tty: false } });
    const deadline = Date.now() + timeoutMs;
    const patience = new AbortController();
    // Docker closes the stream when the command, and whoever holds its output, has ended.
    const ended = once(output.resume(), 'close').then(() => patience.abort());
    await Promise.race([ended, sleep(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
    output.destroy();
    for (;;) {
      const state = (await engine.call('GET', `${exec}/json`)) as JsonObject;
      if (!flag(state, 'Running')) return integer(state, 'ExitCode') === 0;
      if (Date.now() >= deadline) {
        killGroup(integer(state, 'Pid') ?? 0, id);
        return false;
      }
      // Docker learns of the end of the output before it learns of the exit.
      await sleep(EXIT_POLL_MS);
    }
  } catch {
    return false;
  }
}

/**
 * Docker offers no way to end an exec, so this kills the process group itself, where it can: where the PID that Docker
 * says is one of this machine's, of this very container. runc gives each exec a session of its own.
 */
function killGroup(pid: number, containerId: string): void {
  try {
    if (pid > 1 && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or is out of our reach; then it ends with its container.
  }
}
