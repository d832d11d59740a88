import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TypedError } from '../../../model/failures';
import type { DockerfileBuild } from '../../../model/plan';
import { lastLines } from '../../process/last-lines';
import type { BuildContext, BuiltImage } from '../builder';
import { pathInCheckout } from '../inside';
import { newBuildName } from './build-name';
import { buildah, SIGNATURE_POLICY } from './buildah';
import { docker } from './docker';
import { push } from './push';
import { openRun, probe } from './run';
import { sweep } from './sweep';
import type { DockerfileTool } from './tool';

const REMOVE_WITHIN_MS = 30_000;

/**
 * Builds with the tool that `release.yml` names, and no other. The build runs the commit's own code (`RUN`), so it gets
 * a scrubbed environment, an empty home and no login; the registry's token exists only while the push runs.
 *
 * Nothing of a build stays on the machine but layers that the builder caches: what cannot be removed at its end, since
 * this process was killed, is removed by the next build of this machine.
 *
 * Throws `ToolMissing`, `ImageBuild`; its push throws `ImagePush`, or `Unavailable` when the registry did not answer.
 */
export async function buildFromDockerfile(build: DockerfileBuild, context: BuildContext): Promise<BuiltImage> {
  const { source, scratch, cache, input, log } = context;
  const { timeoutMs } = input.image;
  const order = {
    build,
    commit: input.commit,
    context: await pathInCheckout(source, build.context, 'image.context'),
    dockerfile: await pathInCheckout(source, build.dockerfile, 'image.dockerfile'),
    idFile: join(scratch, 'image-id'),
    name: await newBuildName(input.commit),
  };
  const tool = await prepareTool(build.builder, cache);
  const run = await openRun(tool, context);
  await probe(tool, run);
  await sweep(tool, run);

  const dispose = async (): Promise<void> => {
    // A failure leaves an image behind, no more, and that until the next build after the end of this process.
    await run(tool.remove(order.name), { timeoutMs: REMOVE_WITHIN_MS, always: true }).catch(() => undefined);
  };
  try {
    const built = await run(tool.build(order), { timeoutMs, logFile: log });
    if (built.timedOut || built.exitCode !== 0) {
      const how = built.timedOut ? `took longer than ${timeoutMs / 1000} s` : `ended with exit code ${built.exitCode}`;
      throw new TypedError('ImageBuild', `${tool.program} build ${how}; its last lines: ${lastLines(built.tail)}`);
    }
    const id = (await readFile(order.idFile, 'utf8')).trim();
    return { digest: id, push: (target) => push({ tool, run, id, target, scratch, timeoutMs }), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function prepareTool(builder: DockerfileBuild['builder'], cache: string): Promise<DockerfileTool> {
  if (builder === 'docker') return docker;
  const home = join(cache, 'buildah');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'policy.json'), SIGNATURE_POLICY);
  return buildah(home);
}
