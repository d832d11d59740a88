import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, realpath, rename } from 'node:fs/promises';
import path from 'node:path';
import { TypedError } from '../../model/failures';
import type { GateInput } from '../../model/gate';
import { keepReport, restoreReports } from './kept-reports';
import { removeTree } from './remove-tree';
import { createTurns } from './turns';

/** Puts exactly that commit into the empty `directory`, and answers the hash of its tree. */
export type Checkout = (
  input: { repository: string; commit: string; treeHash: string; directory: string },
  signal: AbortSignal,
) => Promise<string>;

/** The folders of one attempt of one gate. All are outside the checkouts and start empty. */
export interface GatePlace {
  home: string;
  tmp: string;
  /** For what Sluice itself hands to a scanner and gets from it. */
  own: string;
  /** The checkout that the `run` gates of this release share, made when the first one asks. */
  sharedCheckout: () => Promise<string>;
  /** A checkout that no code of the commit has touched, for scanners; made anew for each attempt. */
  cleanCheckout: () => Promise<string>;
  /** Keeps a report of this gate as it was judged, out of reach of what later gates do in the shared checkout. */
  keepReport: (name: string, text: string) => Promise<void>;
  /** Writes the kept reports of these gates into a checkout, which then is where their paths say that they were made. */
  restoreReports: (gates: readonly string[], checkout: string) => Promise<void>;
  /** A bare repository with all that led to the commit, and with nothing in it that would keep a scanner from looking. */
  history: () => Promise<string>;
}

/** Puts all that led to that commit into a bare repository in `directory`, under the branch `release`. */
export type History = (
  input: { repository: string; commit: string; directory: string },
  signal: AbortSignal,
) => Promise<void>;

export interface Workspaces {
  /** Runs `work` with the folders of its gate. Its signal aborts with the caller's, and when the workspace is removed. */
  enter<T>(
    input: GateInput,
    signal: AbortSignal,
    work: (place: GatePlace, signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** Ends whatever still runs in the workspace and deletes it. One that is not there is no error. */
  remove(workspace: string): Promise<void>;
}

interface Visit {
  gate: string;
  stop: AbortController;
  ended: Promise<unknown>;
}

export function createWorkspaces(workDir: string, checkout: Checkout, history: History): Workspaces {
  const inTurn = createTurns();
  const visits = new Map<string, Set<Visit>>();

  async function fill(directory: string, input: GateInput, signal: AbortSignal): Promise<void> {
    const { repository, commit, treeHash } = input;
    await mkdir(directory, { recursive: true });
    const tree = await checkout({ repository, commit, treeHash, directory }, signal);
    if (tree === treeHash) return;
    throw new TypedError(
      'SourceRefused',
      `The checkout of commit ${commit} holds tree ${tree}, but the release was admitted with tree ${treeHash}.`,
    );
  }

  /** Renamed into place when it is whole: after a killed worker there is a checkout or none, never half of one. */
  async function makeShared(root: string, input: GateInput, signal: AbortSignal): Promise<string> {
    const shared = path.join(root, 'checkout');
    if (await exists(shared)) return await realpath(shared);
    const making = path.join(root, `making-${randomUUID()}`);
    try {
      await fill(making, input, signal);
      await rename(making, shared);
    } catch (error) {
      await removeTree(making);
      // Another worker process of this host may have been quicker.
      if (!(isTaken(error) && (await exists(shared)))) throw error;
    }
    return await realpath(shared);
  }

  async function placeOf(input: GateInput, signal: AbortSignal): Promise<GatePlace> {
    const root = rootOf(workDir, input.workspace);
    const own = path.join(root, 'gates', input.gate.name);
    const kept = path.join(root, 'reports', input.gate.name);
    await Promise.all([removeTree(own), removeTree(kept)]);
    const folders = { home: path.join(own, 'home'), tmp: path.join(own, 'tmp'), own: path.join(own, 'own') };
    await Promise.all(Object.values(folders).map((folder) => mkdir(folder, { recursive: true })));
    return {
      ...folders,
      sharedCheckout: () => inTurn(root, signal, () => makeShared(root, input, signal)),
      cleanCheckout: async () => {
        const clean = path.join(own, 'clean');
        await fill(clean, input, signal);
        return await realpath(clean);
      },
      keepReport: (name, text) => keepReport(kept, name, text),
      restoreReports: async (gates, checkout) => {
        const made = await realpath(path.join(root, 'checkout')).catch(() => undefined);
        for (const gate of gates) await restoreReports(path.join(root, 'reports', gate), checkout, made);
      },
      history: async () => {
        const directory = path.join(own, 'history.git');
        await history({ repository: input.repository, commit: input.commit, directory }, signal);
        return directory;
      },
    };
  }

  return {
    async enter(input, signal, work) {
      const present = visits.get(input.workspace) ?? new Set<Visit>();
      // Temporal may have given up an attempt that still runs here: it must not write into the folders of this one.
      const earlier = [...present].filter(({ gate }) => gate === input.gate.name);
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const result = end(earlier, 'A later attempt of the gate took its place.')
        .then(() => placeOf(input, either))
        .then((place) => work(place, either));
      const visit = { gate: input.gate.name, stop, ended: result.catch(() => undefined) };
      visits.set(input.workspace, present.add(visit));
      try {
        return await result;
      } finally {
        present.delete(visit);
        if (present.size === 0) visits.delete(input.workspace);
      }
    },

    async remove(workspace) {
      await end([...(visits.get(workspace) ?? [])], 'The workspace was removed while the gate ran.');
      const root = rootOf(workDir, workspace);
      // First out of sight as a whole: a removal that is cut off must not leave a checkout that looks complete.
      const removed = `${root}-removed`;
      await removeTree(removed);
      await rename(root, removed).catch(ignoreMissing);
      await removeTree(removed);
    },
  };
}

/** Stops these and waits until their processes are gone. */
async function end(visits: readonly Visit[], why: string): Promise<void> {
  for (const { stop } of visits) stop.abort(new Error(why));
  await Promise.all(visits.map(({ ended }) => ended));
}

/** Short, since sockets in TMPDIR may have paths of 107 bytes at most, and a plain name whatever the workspace is called. */
function rootOf(workDir: string, workspace: string): string {
  return path.join(workDir, createHash('sha256').update(workspace).digest('hex').slice(0, 16));
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EEXIST' || code === 'ENOTEMPTY';
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
