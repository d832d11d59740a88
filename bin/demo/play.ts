import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { CliDeps } from '../../client/commands/deps';
import { messageOf, usageError } from '../../client/errors';
import type { ReleaseEnd } from '../../client/release-end';
import { createRenderer } from '../../client/render/create-renderer';
import { shortCommit } from '../../model/commit';
import type { ReleaseRequest } from '../../model/plan';
import type { Embedded } from '../embedded';
import { startEmbedded } from '../embedded';
import { PACKAGE_ROOT } from '../root';
import type { Cloud } from './cloud';
import { startCloud } from './cloud';
import type { DemoRepository } from './repository';
import { createRepository } from './repository';
import type { Chapter } from './story';
import { STORY } from './story';

/** In the clone itself, and out of Git's sight: nothing is written anywhere else. Of this process: two demos do not meet. */
const STATE_DIR = path.join(PACKAGE_ROOT, '.sluice', `demo-${process.pid}`);

/** As shells count: 128 and SIGINT's number. */
const INTERRUPTED = 130;

/** Everything a demo needs, started. */
export interface Stage {
  cloud: Cloud;
  embedded: Embedded;
  repository: DemoRepository;
  /** Aborted by Ctrl-C: stop looking on, and let the stage be taken away. */
  leave: AbortSignal;
}

/** How one release of the demo ended, and what about it was not as it should be. */
export interface Ending {
  commit: string;
  subject: string;
  outcome: string;
  cause: string;
  durationMs: number;
  wrong: string[];
}

/**
 * Sets the stage, and takes it away again whatever happens on it. Answers the exit code: `act`'s own, or 130 after
 * Ctrl-C, which here ends everything, since nothing of a demo is worth keeping. A second one does not wait.
 */
export async function withStage(
  deps: CliDeps,
  { json, containers }: { json: boolean; containers: boolean },
  act: (stage: Stage) => Promise<number>,
): Promise<number> {
  const leave = new AbortController();
  const heed = deps.onInterrupt(() => {
    if (leave.signal.aborted) deps.exitNow(INTERRUPTED);
    leave.abort();
  });
  const say = (line: string): void => (json ? deps.stderr : deps.stdout).write(`${line}\n`);
  const closing: (() => Promise<void>)[] = [() => rm(STATE_DIR, { recursive: true, force: true })];
  try {
    const cloud = await startCloud(path.join(STATE_DIR, 'aws'), containers ? { containers: {} } : {}).catch(
      (error: unknown) => {
        throw usageError(messageOf(error), error);
      },
    );
    closing.push(() => cloud.close());
    const embedded = await startEmbedded({ stateDir: STATE_DIR, onProgress: say });
    closing.push(() => embedded.stop());
    const repository = await createRepository(path.join(STATE_DIR, 'shop-api'), cloud);
    const byHand = await repository.commit('Open the shop', []);
    await cloud.deployByHand({ repository: repository.path, commit: byHand, checkout: repository.path });
    const runs = containers ? ', in containers' : '';
    say(`A repository with the shop's code, Temporal and a local AWS are up; the shop is at ${cloud.url}${runs}.`);
    return await act({ cloud, embedded, repository, leave: leave.signal });
  } catch (error) {
    if (!leave.signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    // The workers before what they work on.
    for (const close of closing.reverse()) await close();
    heed();
  }
}

/** Releases the story's commits one after another. */
export async function play(deps: CliDeps, stage: Stage, json: boolean): Promise<Ending[]> {
  const endings: Ending[] = [];
  let good: string | undefined;
  for (const chapter of STORY) {
    const commit = await stage.repository.commit(chapter.subject, chapter.edits);
    if (!json) deps.stdout.write(`\n${shortCommit(commit)}  ${chapter.subject}\n`);
    const startedAt = Date.now();
    const end = await release(deps, stage, commit, json);
    if (chapter.outcome === 'released') good = commit;
    const { outcome, cause } = end.terminated ? { outcome: 'terminated', cause: end.cause } : end.outcome;
    const wrong = await whatIsWrong(stage.cloud, chapter, { commit, outcome, good });
    const durationMs = Date.now() - startedAt;
    endings.push({ commit, subject: chapter.subject, outcome, cause, durationMs, wrong });
  }
  return endings;
}

/** Nothing is taken from the release's own word: the registry and the service are asked. */
async function whatIsWrong(
  cloud: Cloud,
  chapter: Chapter,
  { commit, outcome, good }: { commit: string; outcome: string; good: string | undefined },
): Promise<string[]> {
  const wrong: string[] = [];
  if (outcome !== chapter.outcome) wrong.push(`it ended ${outcome} instead of ${chapter.outcome}`);
  const answer = await cloud.answer();
  if (answer !== good) wrong.push(`the service answers with ${answer ?? 'nothing'} instead of ${good ?? 'nothing'}`);
  const built = await cloud.hasImage(commit);
  if (built !== (chapter.outcome !== 'gate-failed')) wrong.push(`its image ${built ? 'is' : 'is not'} in the registry`);
  return wrong;
}

export function requestFor({ repository }: Stage, commit: string): ReleaseRequest {
  return {
    purpose: 'release',
    project: 'shop-api',
    repository: repository.path,
    commit,
    environments: [],
    event: 'manual',
    actor: 'demo@sluice.example',
  };
}

async function release(deps: CliDeps, stage: Stage, commit: string, json: boolean): Promise<ReleaseEnd> {
  const { releases } = stage.embedded;
  const started = await releases.start(requestFor(stage, commit));
  const { workflowId } = started;
  const renderer = createRenderer({ output: deps.stdout, env: deps.env, workflowId, json, now: deps.now });
  try {
    const end = await releases.watch(started, { onEvent: (event) => renderer.event(event), signal: stage.leave });
    renderer.end(end);
    return end;
  } finally {
    renderer.stop();
  }
}
