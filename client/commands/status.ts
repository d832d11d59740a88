import type { Command } from 'commander';
import { pictureLines } from '../../model/approval/picture';
import { EXIT } from '../../model/outcome';
import { ClientError } from '../errors';
import type { ReleaseRef } from '../release-end';
import { deriveEvents } from '../release-events';
import type { ReleaseSnapshot } from '../release-events';
import type { ReleaseSummary } from '../release-list';
import type { Releases } from '../releases';
import { drawBlock, EMPTY_BLOCK, reduceBlock } from '../render/block';
import { writeJson } from '../render/json';
import { palette, wantsColour } from '../render/output';
import { endSentence, oneLine } from '../render/sentences';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

export function registerStatus(program: Command, deps: CliDeps): void {
  program
    .command('status')
    .argument('<release>', RELEASE_ARGUMENT)
    .description('show where a release stands; exit code 0 whatever its outcome')
    .addHelpText('after', examples('sluice status 1a2b3c4', 'sluice status release:shop-api:<sha> --json'))
    .action(
      handled(deps, (reference: string, { json }: GlobalOptions) =>
        withReleases(deps, async (releases) => {
          const ref = await releases.find(reference);
          const { summary, snapshot, silence } = await lookAt(releases, ref);
          if (json) writeJson(deps.stdout, { ...summary, ...snapshot, ...(silence !== undefined && { silence }) });
          else deps.stdout.write(statusText(deps, summary, snapshot, silence));
          return EXIT.ok;
        }),
      ),
    );
}

interface Look {
  summary: ReleaseSummary;
  snapshot?: ReleaseSnapshot;
  /** Why there is no more than the summary. */
  silence?: string;
}

/** The summary needs no worker: where the release itself does not answer, that is still known. */
async function lookAt(releases: Releases, ref: ReleaseRef): Promise<Look> {
  const summary = await releases.summary(ref);
  try {
    return { summary, snapshot: await releases.snapshot(ref) };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { summary, silence: error.message };
  }
}

function statusText(
  deps: CliDeps,
  summary: ReleaseSummary,
  snapshot: ReleaseSnapshot | undefined,
  silence?: string,
): string {
  const lines = [`${summary.workflowId}: ${summary.outcome ?? summary.phase ?? summary.status.toLowerCase()}`];
  if (silence !== undefined) lines.push(silence);
  if (snapshot) {
    const block = deriveEvents(undefined, snapshot).reduce(reduceBlock, EMPTY_BLOCK);
    const columns = deps.stdout.isTTY ? (deps.stdout.columns ?? Infinity) : Infinity;
    const colours = palette(wantsColour(deps.stdout, deps.env));
    lines.push(...drawBlock(block, summary.workflowId, snapshot.at, columns, colours));
    const { outcome, waitingForApproval } = snapshot.release;
    if (waitingForApproval)
      lines.push(
        ...pictureLines(waitingForApproval).map((line) => `  ${line.startsWith('  ') ? '  ' : ''}${oneLine(line)}`),
      );
    if (outcome) lines.push(endSentence({ terminated: false, outcome }));
  }
  return `${lines.join('\n')}\n`;
}
