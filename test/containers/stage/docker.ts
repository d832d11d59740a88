import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { JsonObject } from '../../../local/aws/contract';
import { text, texts } from '../../../local/aws/input';
import { openEngine } from '../../../local/containers/engine';
import { LABEL } from '../../../local/containers/instance';

const run = promisify(execFile);
const COMMAND_LIMIT_MS = 60_000;

export const engine = openEngine();

/** Runs a program of the machine; answers what it printed, rejects with what it complained. */
export async function command(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { timeout: COMMAND_LIMIT_MS, env: { ...process.env, ...env } };
  const { stdout } = await run(program, args, options).catch((error: unknown) => {
    throw new Error((error as { stderr: string }).stderr || String(error));
  });
  return stdout;
}

/** Names of containers, networks and images in the daemon that carry the local AWS's label or its registry's address. */
export async function leftovers(registryHost: string, instance?: string): Promise<string[]> {
  const filters = JSON.stringify({ label: [instance === undefined ? LABEL : `${LABEL}=${instance}`] });
  const list = async (path: string, query: Record<string, string>) =>
    (await engine.call('GET', path, { query })) as JsonObject[];
  const containers = await list('/containers/json', { all: 'true', filters });
  const mine = containers.filter((one) => instance !== undefined || text(one, 'Image')?.startsWith(registryHost));
  const networks = await list('/networks', { filters });
  const images = await list('/images/json', { digests: 'true' });
  const references = images.flatMap((one) => [...(texts(one, 'RepoTags') ?? []), ...(texts(one, 'RepoDigests') ?? [])]);
  return [
    ...mine.flatMap((one) => texts(one, 'Names') ?? []),
    ...networks.map((one) => text(one, 'Name') ?? ''),
    ...references.filter((reference) => reference.startsWith(`${registryHost}/`)),
  ];
}

export async function inspect(runtimeId: string): Promise<JsonObject> {
  return (await engine.call('GET', `/containers/${runtimeId}/json`)) as JsonObject;
}

/** The addresses of this machine at which somebody listens on this port, as the kernel writes them (proc(5), net/tcp). */
export async function listenersOn(port: number): Promise<string[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8')));
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${wanted}`))
    .map(([, local = '']) => local.slice(0, local.indexOf(':')));
}

/** 127.0.0.1, as the kernel writes it. */
export const LOOPBACK = '0100007F';
