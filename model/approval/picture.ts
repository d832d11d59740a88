import { shortCommit, shortDigest, withShortDigests } from '../commit';
import { plainText } from '../markdown';
import type { ApprovalPicture, GateStatus, WaitingForApproval } from '../messages';
import type { Baseline } from '../target';
import type { ChangesBetween } from './between';
import { firstOf, shortened } from './between';

const MOST_CHANGES = 30;
const MOST_SETTINGS = 20;
const MOST_SERVICES = 20;
const MOST_GATES_TEXT = 500;

export interface PictureFacts {
  /** By service; null where an earlier deployment is unfinished. */
  baselines: readonly { service: string; baseline: Baseline | null }[];
  commit: string;
  digest: string;
  between: ChangesBetween;
  gates: readonly Pick<GateStatus, 'gate' | 'state' | 'cause'>[];
}

/** What an approver sees first, out of facts. Bounded whatever the facts are. */
export function approvalPicture({ baselines, commit, digest, between, gates }: PictureFacts): ApprovalPicture {
  const { forward, back, commits, unknown, gateSettings } = between;
  return {
    runs: firstOf(baselines.map(runsLine), MOST_SERVICES),
    wouldRun: `${shortCommit(commit)} as ${shortDigest(digest)}`,
    forward,
    back,
    commits: commits.map((line) => shortened(line)),
    unknown: firstOf(unknown, MOST_SETTINGS),
    gates: gatesLine(gates),
    gateSettings: firstOf(gateSettings, MOST_SETTINGS),
  };
}

function runsLine({ service, baseline }: PictureFacts['baselines'][number]): string {
  if (baseline === null) return `${service}: an earlier deployment is unfinished`;
  const revision = baseline.taskDefinitionArn.split('/').at(-1) ?? baseline.taskDefinitionArn;
  const what = baseline.commit === undefined ? 'a revision that Sluice did not make' : shortCommit(baseline.commit);
  return `${service}: ${what}, ${revision}`;
}

function gatesLine(gates: PictureFacts['gates']): string {
  const each = gates.map(
    ({ gate, state, cause }) => `${gate} ${state}${cause === '' ? '' : ` (${shortened(cause, 80)})`}`,
  );
  return shortened(each.join(', '), MOST_GATES_TEXT);
}

/** Task definition changes, bounded: behind the whole of an old digest the new one would be cut off. */
export function boundedChanges(changes: readonly string[]): string[] {
  return firstOf(changes.map(withShortDigests), MOST_CHANGES);
}

/** The picture as lines of plain text, each with its subject first. */
export function pictureLines({ changes, picture, decisions = [], missing = [], again }: WaitingForApproval): string[] {
  if (picture === undefined) return [];
  const { runs, wouldRun, forward, back, commits, unknown, gates, gateSettings } = picture;
  return [
    ...(again === undefined ? [] : ['ASKED AGAIN: what would change has changed, so what was said before is void']),
    ...runs.map((line) => `runs now: ${line}`),
    `would run: ${wouldRun}`,
    `commits: ${counted(forward, back, commits.length)}`,
    ...commits.map((line) => `  ${line}`),
    ...unknown.map((line) => `not known: ${line}`),
    ...(changes.length === 0 ? ['changes: none in task definitions'] : changes.map((line) => `changes: ${line}`)),
    ...(gateSettings.length === 0
      ? ['gate settings: as they were']
      : gateSettings.map((line) => `GATE SETTINGS CHANGED: ${line}`)),
    ...(gates === '' ? [] : [`gates: ${gates}`]),
    ...decisions.map(
      ({ decision, by, comment, standing, remark }) =>
        `said: ${shortened(
          `${by} (${standing}) ${decision === 'approve' ? 'approves' : 'rejects'}${comment === undefined ? '' : `: ${comment}`}`,
        )}${remark === undefined ? '' : ` [${shortened(remark)}]`}`,
    ),
    ...missing.map((line) => `missing: ${line}`),
  ];
}

/** Where what runs is of no known commit, only this one is listed, and what lies between cannot be counted. */
function counted(forward: number, back: number, listed: number): string {
  if (forward === 0 && back === 0 && listed > 0) return 'this one';
  const gone = back === 0 ? '' : `; ${back} that run now would be gone`;
  return `${forward} between what runs and this one${gone}`;
}

/** The same as Markdown, for the Temporal UI. */
export function pictureMarkdown(waiting: WaitingForApproval): string {
  const lines = pictureLines(waiting).map((line) =>
    line.startsWith('  ') ? `  - ${plainText(line.trim())}` : `- ${plainText(line)}`,
  );
  return [`**${waiting.environment} waits for approval**`, '', ...lines].join('\n');
}
