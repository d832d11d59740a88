import type { DockerfileBuild } from '../../../model/plan';
import { fillInCommit, REVISION_LABEL } from '../builder';

/** What a build is made of, as the command line of a tool needs it. */
export interface BuildOrder {
  build: DockerfileBuild;
  commit: string;
  /** Absolute path of the build context, inside the checkout. */
  context: string;
  /** Absolute path of the Dockerfile, inside the checkout. */
  dockerfile: string;
  /** Where the tool writes the image's id. */
  idFile: string;
  /** The image's local name, of this build alone. */
  name: string;
}

export interface PushOrder {
  /** Id of the built image. */
  id: string;
  /** `HOST/repository:commit`. */
  name: string;
  /** Directory that holds `config.json` with the registry's token, for this push alone. */
  authDirectory: string;
  /** Where a tool that can do so writes the digest. */
  digestFile: string;
  /** The registry is on this machine and speaks plain HTTP. */
  insecure: boolean;
}

/**
 * A command line that builds from a Dockerfile. Only words, no effects: what is run is read here, and tested so.
 */
export interface DockerfileTool {
  program: 'docker' | 'buildah';
  /** Variables that it needs beside the scrubbed environment: to find its daemon, never to log in. */
  environment(from: NodeJS.ProcessEnv): Record<string, string>;
  /** Answers quickly whether it can work at all. */
  probe: string[];
  build(order: BuildOrder): string[];
  /** Gives the image the name that it is pushed by, where the push needs it to have one. */
  name(order: PushOrder): string[] | undefined;
  push(order: PushOrder): string[];
  /** For the push alone. */
  pushEnvironment(order: PushOrder): Record<string, string>;
  /** The digest that the push reported, from its output or its digest file. */
  pushedDigest(output: string, digestFile: string | undefined): string | undefined;
  /** Takes a local name away, and with its last name the image. */
  remove(name: string): string[];
  /** Prints the tags of all builds' local names, one on each line. */
  list: string[];
  /** Prints all names of an image likewise, where it may have one that it was pushed by. */
  names(name: string): string[] | undefined;
  /** Removes what builds left half done, where a daemon does not do so by itself. Leaves alone what is being built. */
  clear: string[] | undefined;
}

/** Options that both tools spell alike. */
export function buildOptions({ build, commit, dockerfile, idFile, name }: BuildOrder): string[] {
  return [
    '--iidfile',
    idFile,
    '--tag',
    name,
    '--platform',
    build.platform,
    '--label',
    `${REVISION_LABEL}=${commit}`,
    ...Object.entries(build.arguments).flatMap(([argument, value]) => [
      '--build-arg',
      `${argument}=${fillInCommit(value, commit)}`,
    ]),
    ...(build.target === undefined ? [] : ['--target', build.target]),
    '--file',
    dockerfile,
  ];
}
