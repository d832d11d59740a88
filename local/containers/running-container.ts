import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../aws/contract';
import { flag, object, requiredText, text } from '../aws/input';
import { readLines } from '../aws/tasks/guarded-process';
import { CannotStart } from '../aws/tasks/runtime';
import type { ContainerRequest, RunningContainer } from '../aws/tasks/runtime';
import { EngineError } from './engine';
import type { Engine } from './engine';
import { runProbe } from './exec-probe';
import { readFrames } from './frames';
import { daemonSays } from './images';

/** Output that has not come this long after the container's exit is given up. */
const OUTPUT_AFTER_EXIT_MS = 2_000;
const KILLED = 137;
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** Starts a created container. Rejects with a `CannotStart` that carries Docker's own message when it cannot. */
export async function startContainer(engine: Engine, id: string, request: ContainerRequest): Promise<RunningContainer> {
  const container = `/containers/${id}`;
  const inspect = async () => (await engine.call('GET', `${container}/json`)) as JsonObject;
  // Both before the start, so that neither the first line nor a quick end is missed.
  const attached = { stream: 'true', stdout: 'true', stderr: 'true' };
  const output = await engine.open('POST', `${container}/attach`, { query: attached });
  const written = passLines(output, request.onLine);
  const waiting = await engine.open('POST', `${container}/wait`, { query: { condition: 'next-exit' } });
  try {
    await engine.call('POST', `${container}/start`);
  } catch (error) {
    for (const stream of [output, waiting]) stream.destroy();
    throw error instanceof EngineError ? new CannotStart(daemonSays(error)) : error;
  }

  const lost = new AbortController();
  const signal = (name: string) => {
    engine.call('POST', `${container}/kill`, { query: { signal: name } }).catch((error: unknown) => {
      // 404 and 409: it has ended. Otherwise it cannot be reached any more, and nobody should wait for it.
      const hasEnded = error instanceof EngineError && [404, 409].includes(error.status);
      if (!hasEnded && name === 'SIGKILL') lost.abort();
    });
  };
  return {
    runtimeId: id,
    bindings: bindingsOf(await inspect().catch(() => ({}))),
    exited: Promise.race([
      exit(waiting, written, inspect),
      once(lost.signal, 'abort').then(() => ({ exitCode: KILLED, reason: 'Docker cannot be reached to stop it.' })),
    ]),
    terminate: () => signal(text(request.imageConfig, 'StopSignal') ?? 'SIGTERM'),
    kill: () => signal('SIGKILL'),
    probe: (command, timeoutMs) => runProbe(engine, id, command, timeoutMs),
  };
}

/** How the container ended, once all its output has been passed on. Never rejects. */
async function exit(
  waiting: IncomingMessage,
  written: Promise<unknown>,
  inspect: () => Promise<JsonObject>,
): RunningContainer['exited'] {
  try {
    const { StatusCode } = JSON.parse(await readText(waiting)) as { StatusCode: number };
    await Promise.race([written, sleep(OUTPUT_AFTER_EXIT_MS, undefined, { ref: false })]);
    const state = object(await inspect(), 'State') ?? {};
    if (flag(state, 'OOMKilled')) return { exitCode: StatusCode, reason: OUT_OF_MEMORY };
    return { exitCode: StatusCode };
  } catch (error) {
    // Docker itself has ended, or somebody has removed the container.
    return { exitCode: KILLED, reason: `Docker does not say how the container ended: ${String(error)}` };
  }
}

/** Passes on what the container writes, line by line; resolves when there is no more. */
function passLines(output: Readable, onLine: (line: string) => void): Promise<unknown> {
  const { stdout, stderr } = readFrames(output);
  const streams = [stdout, stderr];
  const closed = Promise.all(streams.map((stream) => once(stream, 'close')));
  for (const stream of streams) readLines(stream, onLine);
  return closed;
}

/** Where the container's ports are published on 127.0.0.1; nowhere when it has ended already. */
function bindingsOf(inspected: JsonObject): RunningContainer['bindings'] {
  const ports = object(object(inspected, 'NetworkSettings') ?? {}, 'Ports') ?? {};
  return Object.entries(ports).flatMap(([port, published]) => {
    const [first] = Array.isArray(published) ? (published as JsonObject[]) : [];
    const hostPort = first && Number(requiredText(first, 'HostPort'));
    return hostPort === undefined ? [] : [{ containerPort: parseInt(port, 10), hostPort }];
  });
}
