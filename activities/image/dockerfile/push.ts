import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TypedError } from '../../../model/failures';
import { isLoopback } from '../../aws/loopback';
import { lastLines } from '../../process/last-lines';
import type { ProcessResult } from '../../process/run';
import type { PushTarget } from '../builder';
import type { Run } from './run';
import type { DockerfileTool, PushOrder } from './tool';

const NAME_WITHIN_MS = 30_000;

/**
 * A push that failed like this may well succeed in a minute. (The name is gone when another push of the same commit by
 * the same daemon ended first: names to push by are the registry's, so that both have one.)
 */
const PASSING_TROUBLE =
  /does not exist locally|connection (refused|reset)|i\/o timeout|timed? ?out|no such host|TLS handshake|unexpected EOF|\b50[0234]\b|too ?many ?requests/i;

export interface Push {
  tool: DockerfileTool;
  run: Run;
  /** The built image's id. */
  id: string;
  target: PushTarget;
  /** A folder of this build alone. */
  scratch: string;
  timeoutMs: number;
}

/**
 * Pushes a built image and answers its digest in the registry. The registry's token exists only while the push runs, and
 * no local name of the image is left. Throws `ImagePush`, or `Unavailable` when the registry did not answer.
 */
export async function push({ tool, run, id, target, scratch, timeoutMs }: Push): Promise<string> {
  const { access, repositoryUri, tag } = target;
  const name = `${repositoryUri}:${tag}`;
  const authDirectory = join(scratch, 'login');
  const digestFile = join(scratch, 'digest');
  const order: PushOrder = { id, name, authDirectory, digestFile, insecure: isOnThisMachine(access.host) };
  const naming = tool.name(order);
  try {
    if (naming !== undefined) refuseFailure(`naming ${name}`, await run(naming, { timeoutMs: NAME_WITHIN_MS }));
    await mkdir(authDirectory, { recursive: true, mode: 0o700 });
    await writeFile(join(authDirectory, 'config.json'), loginFile(access), { mode: 0o600 });
    const pushed = await run(tool.push(order), { timeoutMs, extraEnv: tool.pushEnvironment(order) });
    refuseFailure(`pushing ${name}`, pushed);
    const digest = tool.pushedDigest(pushed.tail, await readFile(digestFile, 'utf8').catch(() => undefined));
    if (digest === undefined) throw new TypedError('ImagePush', `${tool.program} did not say what digest ${name} has.`);
    return digest;
  } finally {
    await rm(authDirectory, { recursive: true, force: true });
    // A failure leaves a name behind, no more.
    if (naming !== undefined) await run(tool.remove(name), { timeoutMs: NAME_WITHIN_MS, always: true }).catch(ignore);
  }
}

/** A login as docker and buildah keep it. Source: Docker CLI, "config.json", property `auths`. */
export function loginFile({ host, authorization }: { host: string; authorization: string }): string {
  return JSON.stringify({ auths: { [host]: { auth: authorization.replace(/^Basic /, '') } } });
}

function refuseFailure(what: string, { exitCode, timedOut, tail }: ProcessResult): void {
  if (exitCode === 0 && !timedOut) return;
  const said = lastLines(tail);
  if (timedOut || PASSING_TROUBLE.test(tail)) throw new TypedError('Unavailable', `No end to ${what} so far: ${said}`);
  throw new TypedError('ImagePush', `The registry refused ${what}: ${said}`);
}

function isOnThisMachine(host: string): boolean {
  return isLoopback(new URL(`https://${host}`).hostname);
}

function ignore(): void {
  // The image itself is removed by its other name.
}
