import { shortCommit } from './commit';
import type { EnvironmentData } from './environment-data';
import { holdNow } from './environment-hold';
import { freezeNow, untilWords } from './environment-line';
import { waitingIn } from './environment-queue';
import { freezeWords } from './freeze';
import { LAST_LINE } from './markdown';
import type { EnvironmentHold, EnvironmentSight } from './messages';

const SHOWN_OUTCOMES = 10;
/** The whole line is in the `state` query. */
const SHOWN_WAITING = 20;

/**
 * What an environment shows of itself in the Temporal UI, as Markdown.
 *
 * It is made when something changes, not when somebody looks: all moments in it are absolute.
 */
export function environmentTable(data: EnvironmentData, now: number): string {
  const { current } = data;
  const going = current?.abortedFor === undefined ? 'is being deployed' : 'is being taken back for a rollback';
  const hold = holdNow(data, now);
  const freeze = freezeNow(data, now);
  const waiting = waitingIn(data, now)
    .slice(0, SHOWN_WAITING)
    .map(({ position, commit, actor, reason }) => [`${position}`, shortCommit(commit), actor, reason]);
  const left = data.queue.length - waiting.length;
  const recent = data.recent
    .slice(-SHOWN_OUTCOMES)
    .reverse()
    .map(({ commit, outcome, cause, at, breakGlass }) => [
      at === undefined ? '' : minute(at),
      shortCommit(commit),
      outcome,
      breakGlass ? `${cause} (${breakGlass.by} broke the glass: ${breakGlass.reason})` : cause,
    ]);
  return [
    ...runsPart(data),
    `Now: ${current ? `**${shortCommit(current.commit)}** ${going}` : 'nothing is being deployed'}`,
    ...(hold
      ? [
          `**On hold**${untilWords(hold.until)}: ${hold.reason} (${hold.by}, since ${minute(hold.since)}); ${goOn(hold)}`,
        ]
      : []),
    ...(freeze ? [`**Frozen**: ${freezeWords(freeze)}`] : []),
    ...table(['', 'waiting', 'asked for by', 'for'], waiting),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(data.seen ? seenPart(data.seen) : []),
    ...table(['when', 'commit', 'ended', 'cause'], recent),
    LAST_LINE,
  ].join('\n\n');
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length)}Z`;
}

/** The signal that ends it. */
function goOn({ kind = 'unclean' }: EnvironmentHold): string {
  return kind === 'unclean' ? 'put it right, then `resolve`' : '`resume` ends it';
}

/** What was proved healthy last. */
function runsPart({ verified }: EnvironmentData): string[] {
  const last = verified.at(-1);
  if (last === undefined) return [];
  const by = last.actor === undefined ? '' : `, asked for by ${last.actor}`;
  return [`Runs: **${shortCommit(last.commit)}**, verified ${minute(last.at)}${by}`];
}

function seenPart({ at, services, trouble }: EnvironmentSight): string[] {
  const rows = services.map(({ service, commit, taskDefinitionArn, verified, drifted, inFlight }) => [
    service,
    commit === undefined ? taskDefinitionArn : `${shortCommit(commit)} (${taskDefinitionArn})`,
    [
      verified ? 'verified' : 'not verified',
      ...(drifted ? ['**not what was last verified here**'] : []),
      ...(inFlight ? ['rolling'] : []),
    ].join(', '),
  ]);
  return [
    ...table([`seen ${new Date(at).toISOString()}`, 'runs', ''], rows),
    ...(trouble === undefined ? [] : [`Could not look: ${cell(trouble)}`]),
  ];
}

function table(head: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [[line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')];
}

/** A pipe or a line break would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}
