import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TypedError } from '../../../model/failures';
import type { DockerfileBuild } from '../../../model/plan';
import { isLoopback } from '../../aws/loopback';
import { childEnvironment } from '../../process/environment';
import { runProcess } from '../../process/run';
import type { ProcessResult } from '../../process/run';
import type { BuildContext, BuiltImage, PushTarget } from '../builder';
import { pathInCheckout } from '../inside';
import { lastLines } from '../../process/last-lines';
import { buildah, SIGNATURE_POLICY } from './buildah';
import { docker } from './docker';
import type { DockerfileTool, PushOrder } from './tool';

const PROBE_WITHIN_MS = 20_000;
const REMOVE_WITHIN_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** A push that failed like this may well succeed in a minute. */
const PASSING_TROUBLE =
  /connection (refused|reset)|i\/o timeout|timed? ?out|no such host|TLS handshake|unexpected EOF|\b50[0234]\b|too ?many ?requests/i;

interface RunOptions {
  timeoutMs: number;
  extraEnv?: Record<string, string>;
  logFile?: string;
  /** Runs to its end also after a cancellation. */
  always?: boolean;
}

type Run = (argv: string[], options: RunOptions) => Promise<ProcessResult>;

/**
 * Builds with the tool that `release.yml` names, and no other. The build runs the commit's own code (`RUN`), so it gets
 * a scrubbed environment, an empty home and no login; the registry's token exists only while the push runs.
 *
 * Throws `ToolMissing`, `ImageBuild`; its push throws `ImagePush`, or `Unavailable` when the registry did not answer.
 */
export async function buildFromDockerfile(build: DockerfileBuild, context: BuildContext): Promise<BuiltImage> {
  const { source, scratch, cache, input, log } = context;
  const tool = await prepareTool(build.builder, cache);
  const run = await runner(tool, context);
  const { timeoutMs } = input.image;

  await probe(tool, run);
  const idFile = join(scratch, 'image-id');
  const order = {
    build,
    commit: input.commit,
    context: await pathInCheckout(source, build.context, 'image.context'),
    dockerfile: await pathInCheckout(source, build.dockerfile, 'image.dockerfile'),
    idFile,
  };
  const built = await run(tool.build(order), { timeoutMs, logFile: log });
  if (built.timedOut || built.exitCode !== 0) {
    const how = built.timedOut ? `took longer than ${timeoutMs / 1000} s` : `ended with exit code ${built.exitCode}`;
    throw new TypedError('ImageBuild', `${tool.program} build ${how}; its last lines: ${lastLines(built.tail)}`);
  }
  const id = (await readFile(idFile, 'utf8')).trim();
  return {
    digest: id,
    push: (target) => push(tool, run, id, target, scratch, timeoutMs),
    async dispose() {
      // A failure leaves an image behind, no more.
      await run(tool.remove(id), { timeoutMs: REMOVE_WITHIN_MS, always: true }).catch(() => undefined);
    },
  };
}

async function prepareTool(builder: DockerfileBuild['builder'], cache: string): Promise<DockerfileTool> {
  if (builder === 'docker') return docker;
  const home = join(cache, 'buildah');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'policy.json'), SIGNATURE_POLICY);
  return buildah(home);
}

async function runner(tool: DockerfileTool, { scratch, guard, signal }: BuildContext): Promise<Run> {
  const [home, tmp, noLogin] = [join(scratch, 'home'), join(scratch, 'tmp'), join(scratch, 'no-login')];
  for (const directory of [home, tmp, noLogin]) await mkdir(directory, { recursive: true });
  const fixed = { ...tool.environment(process.env), DOCKER_CONFIG: noLogin };
  return (argv, { timeoutMs, extraEnv, logFile, always }) =>
    runProcess({
      argv,
      cwd: scratch,
      env: childEnvironment({ home, tmp, extra: { ...fixed, ...extraEnv } }),
      guard,
      timeoutMs,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
      tailBytes: TAIL_BYTES,
      ...(always ? {} : { signal }),
      ...(logFile === undefined ? {} : { logFile }),
    });
}

async function probe(tool: DockerfileTool, run: Run): Promise<void> {
  const { exitCode, timedOut, tail } = await run(tool.probe, { timeoutMs: PROBE_WITHIN_MS });
  if (exitCode === 127) {
    throw new TypedError('ToolMissing', `image.builder is ${tool.program}, which is not on the PATH of this worker.`);
  }
  if (exitCode === 0 && !timedOut) return;
  const why = timedOut ? `no answer within ${PROBE_WITHIN_MS / 1000} s` : lastLines(tail);
  throw new TypedError('ToolMissing', `image.builder is ${tool.program}, which does not work on this worker: ${why}`);
}

async function push(
  tool: DockerfileTool,
  run: Run,
  id: string,
  { access, repositoryUri, tag }: PushTarget,
  scratch: string,
  timeoutMs: number,
): Promise<string> {
  const name = `${repositoryUri}:${tag}`;
  const authDirectory = join(scratch, 'login');
  const digestFile = join(scratch, 'digest');
  const order: PushOrder = { id, name, authDirectory, digestFile, insecure: isOnThisMachine(access.host) };
  const naming = tool.name(order);
  if (naming !== undefined) refuseFailure(`naming ${name}`, await run(naming, { timeoutMs: REMOVE_WITHIN_MS }));

  await mkdir(authDirectory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(authDirectory, 'config.json'), loginFile(access), { mode: 0o600 });
    const pushed = await run(tool.push(order), { timeoutMs, extraEnv: tool.pushEnvironment(order) });
    refuseFailure(`pushing ${name}`, pushed);
    const digest = tool.pushedDigest(pushed.tail, await readFile(digestFile, 'utf8').catch(() => undefined));
    if (digest === undefined) throw new TypedError('ImagePush', `${tool.program} did not say what digest ${name} has.`);
    return digest;
  } finally {
    await rm(authDirectory, { recursive: true, force: true });
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
