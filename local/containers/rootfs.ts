import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FOLDER_MODE, makeFolder, placeFile, placeFolder, placeLink } from './place';
import type { RootFolder } from './place';
import { sharedLibraries } from './shared-libraries';

/** Root, and the one that has no rights. Sources: passwd(5), group(5). */
const USERS = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n';
const GROUPS = 'root:x:0:\nnogroup:x:65534:\n';

/** What of this machine goes into a root file system. All paths are absolute, and are the same in there. */
export interface RootContent {
  /** Programs, each with the shared libraries and the loader that it needs. */
  programs: readonly string[];
  /** Folders, with the libraries that shared objects in them need, as far as they are here. */
  folders?: readonly RootFolder[];
  /** Symbolic links to add, as path and target. */
  links?: Readonly<Record<string, string>>;
}

/**
 * Stages a root file system out of this machine in `directory`, which is made: base images need no download that way.
 * `tar --owner=0 --group=0 -C directory -c . | docker import - NAME` makes it one. Symbolic links stay links (relative
 * ones), with what they lead to. Has /tmp, and the users root and nobody. For tests and demos: what is in it is this machine's to give on.
 *
 * Linux only: throws an Error of one sentence elsewhere, and for a program that is not there or lacks a library.
 */
export async function stageRootfs(directory: string, content: RootContent): Promise<void> {
  const { programs, folders = [], links = {} } = content;
  if (process.platform !== 'linux') {
    throw new Error(`A root file system can only be staged on Linux, and this is ${process.platform}.`);
  }
  await mkdir(directory, { recursive: true });
  // Also where it was made for its owner alone: it is the root of others in there.
  await chmod(directory, FOLDER_MODE);
  await makeFolder(path.join(directory, 'etc'));
  await makeFolder(path.join(directory, 'tmp'), 0o1777);
  await writeFile(path.join(directory, 'etc/passwd'), USERS);
  await writeFile(path.join(directory, 'etc/group'), GROUPS);

  for (const program of programs) await placeFile(directory, program);
  const objects: string[] = [];
  for (const folder of folders) objects.push(...(await placeFolder(directory, folder)));
  const needed = [...(await sharedLibraries(programs, 'all')), ...(await sharedLibraries(objects, 'those there'))];
  for (const library of new Set(needed)) await placeFile(directory, library);
  for (const [link, target] of Object.entries(links)) {
    await makeFolder(path.dirname(path.join(directory, link)));
    await placeLink(directory, link, target);
  }
}
