import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import picomatch from 'picomatch';
import { PACKAGE_ROOT } from '../../../bin/root';

const RUN_LIMIT_MS = 5 * 60_000;
/** What installs into the base image, which is not to be had here: this machine's own programs stand for its. */
const OF_THE_BASE = 'apt-get ';

/** What a container of the image starts with. */
export interface BuiltImage {
  /** The folder that would be the container's root, with what the Dockerfile adds to its base. */
  root: string;
  entrypoint: string[];
  workdir: string;
  environment: Record<string, string>;
}

/**
 * Carries out the Dockerfile outside of any container: each stage is a folder of `scratch`, into which COPY copies (of the
 * context only what .dockerignore lets through) and in which RUN runs, with absolute paths taken to be in that folder.
 * The base image is this machine, so what installs packages into it is left out. Rejects when a step fails or is unknown.
 */
export async function buildImage(scratch: string): Promise<BuiltImage> {
  const lets = await contextFilter();
  const stages = new Map<string, string>();
  const image: BuiltImage = { root: '', entrypoint: [], workdir: '/', environment: {} };
  for (const { word, rest } of instructions(await readFile(path.join(PACKAGE_ROOT, 'Dockerfile'), 'utf8'))) {
    const inStage = (file: string): string => path.join(image.root, path.resolve(image.workdir, file));
    switch (word) {
      case 'ARG':
      case 'USER':
      case 'CMD':
        break;
      case 'FROM': {
        const name = / AS (\w+)$/.exec(rest)?.[1] ?? 'image';
        Object.assign(image, { root: path.join(scratch, name), workdir: '/', environment: {}, entrypoint: [] });
        stages.set(name, image.root);
        await mkdir(path.join(image.root, 'usr', 'local', 'bin'), { recursive: true });
        break;
      }
      case 'WORKDIR':
        image.workdir = rest;
        await mkdir(inStage('.'), { recursive: true });
        break;
      case 'ENV':
        Object.assign(image.environment, Object.fromEntries([rest.split('=', 2)]));
        break;
      case 'ENTRYPOINT':
        image.entrypoint = JSON.parse(rest) as string[];
        break;
      case 'COPY': {
        const [, stage, files] = /^(?:--from=(\w+) )?(.+)$/.exec(rest) ?? [];
        const names = files!.split(' ');
        const target = names.pop()!;
        const from = stage === undefined ? PACKAGE_ROOT : stages.get(stage)!;
        for (const name of names) await copy(path.join(from, name), inStage(target), target.endsWith('/'), lets(from));
        break;
      }
      case 'RUN':
        if (!rest.startsWith(OF_THE_BASE)) await run(rest, image.root, inStage('.'));
        break;
      default:
        throw new Error(`this test does not know how to carry out ${word} ${rest}`);
    }
  }
  return image;
}

function instructions(dockerfile: string): { word: string; rest: string }[] {
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#'));
  const whole = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return whole.split('\n').flatMap((line) => {
    const [, word, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word, rest: rest.trim() }];
  });
}

/** Which files of the build's context a COPY may see, by .dockerignore: the last line that fits decides. */
async function contextFilter(): Promise<(from: string) => (file: string) => boolean> {
  const lines = (await readFile(path.join(PACKAGE_ROOT, '.dockerignore'), 'utf8')).split('\n');
  const rules = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '');
      return { lets: line.startsWith('!'), fits: picomatch([pattern, `${pattern}/**`], { dot: true }) };
    });
  return (from) => (file) => {
    if (from !== PACKAGE_ROOT) return true;
    const name = path.relative(from, file);
    return rules.findLast(({ fits }) => fits(name))?.lets ?? true;
  };
}

/** A folder's contents go into the target; a file becomes the target, or goes into it. */
async function copy(source: string, target: string, into: boolean, lets: (file: string) => boolean): Promise<void> {
  const isFolder = (await stat(source)).isDirectory();
  const place = into && !isFolder ? path.join(target, path.basename(source)) : target;
  if (!lets(source)) throw new Error(`.dockerignore keeps ${source} out of the context, and the Dockerfile copies it`);
  await cp(source, place, { recursive: true, filter: lets, verbatimSymlinks: true });
}

async function run(command: string, root: string, cwd: string): Promise<void> {
  const here = command.replaceAll(/(?<=\s)\/(?=(opt|usr|var)\/)/g, `${root}/`).replaceAll(/ --(owner|group)=node/g, '');
  const { PATH, HOME } = process.env;
  await promisify(execFile)('sh', ['-euc', here], { cwd, env: { PATH, HOME }, timeout: RUN_LIMIT_MS, maxBuffer: 8e6 });
}
