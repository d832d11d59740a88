import { shortCommit } from '../../model/commit';
import type { EnvironmentHold, EnvironmentSight, EnvironmentState, VerifiedRevision } from '../../model/messages';
import type { AwaitingApproval } from '../awaiting-approval';
import type { EnvironmentReport, EnvironmentReports } from '../environments';
import { duration } from './durations';
import { moment } from './moment';
import { oneLine } from './sentences';

const LABEL_WIDTH = 10;

/** What runs where, who waits and why, and how to go on: a paragraph for each environment. `now` in milliseconds since the epoch. */
export function environmentReports({ environments, silentReleases, more }: EnvironmentReports, now: number): string {
  const paragraphs = environments.map((report) => paragraph(report, now));
  const rest = [
    ...silentReleases.map((id) => `${id} waits for approval and does not answer: is a worker running?`),
    ...(more ? ['There are more: name one with --project and --environment.'] : []),
  ];
  if (paragraphs.length === 0 && rest.length === 0) return 'No environment fits: nothing has been deployed yet.\n';
  return [...paragraphs, ...(rest.length > 0 ? [rest] : [])].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function paragraph(report: EnvironmentReport, now: number): string[] {
  const { project, environment, state, silence, awaitingApproval } = report;
  return [
    `${environment} of ${project}: ${inOneWord(report)}`,
    ...(state ? stateLines(report, state, now) : []),
    ...awaitingApproval.flatMap((release) => approvalLines(release, now)),
    ...(silence === undefined ? [] : [line('silent', silence)]),
  ];
}

function inOneWord({ state, silence }: EnvironmentReport): string {
  if (state === undefined) return silence === undefined ? 'nothing deployed yet' : 'does not answer';
  if (state.hold) return 'ON HOLD';
  if (state.current) return `deploying ${shortCommit(state.current.commit)}`;
  return state.frozen ? 'frozen' : 'free';
}

function stateLines({ project, environment }: EnvironmentReport, state: EnvironmentState, now: number): string[] {
  const { current, queue, hold, frozen, seen, recent, verified } = state;
  const where = `--environment ${environment} --project ${project}`;
  const lines = [line('runs', running(verified.at(-1), now))];
  if (seen) lines.push(...sightLines(seen, now));
  if (current)
    lines.push(line('deploying', `${shortCommit(current.commit)}${by(current.actor)}, ${current.releaseId}`));
  if (hold) lines.push(...holdLines(hold, where, now));
  if (frozen) {
    const owner = frozen.owner === undefined ? '' : `; ask ${frozen.owner}`;
    lines.push(line('frozen', `until ${moment(frozen.until)}: ${frozen.reason}${owner}`));
  }
  lines.push(
    ...queue.map(({ commit, actor, releaseId, position, reason }) =>
      line(`waiting ${position}`, `${shortCommit(commit)} by ${actor}, ${releaseId}: ${reason}`),
    ),
  );
  const [first] = queue;
  if (first && isPassable(hold, frozen !== undefined))
    lines.push(line('', `let one pass: sluice break-glass ${first.releaseId} --reason TEXT`));
  const last = recent.at(-1);
  if (last) {
    const ended = last.at === undefined ? '' : ` ${duration(now - last.at)} ago`;
    lines.push(line('last', `${shortCommit(last.commit)} ${last.outcome}${ended}: ${last.cause}`));
  }
  return lines;
}

/** What is in doubt is passed by nobody. */
function isPassable(hold: EnvironmentHold | undefined, frozen: boolean): boolean {
  return hold === undefined ? frozen : (hold.kind ?? 'unclean') !== 'unclean';
}

function running(revision: VerifiedRevision | undefined, now: number): string {
  if (revision === undefined) return 'nothing that was verified here yet';
  const { commit, actor, at } = revision;
  return `${shortCommit(commit)} since ${moment(at)} (${duration(now - at)})${by(actor)}; verified healthy`;
}

function sightLines({ at, services, trouble }: EnvironmentSight, now: number): string[] {
  const ago = `looked ${duration(now - at)} ago`;
  if (trouble !== undefined) return [line('seen', `it could not look: ${trouble} (${ago})`)];
  const drifted = services.filter((service) => service.drifted);
  if (drifted.length === 0) return [line('seen', `it runs what was last verified (${ago})`)];
  return drifted.map(({ service, taskDefinitionArn, commit, verified, inFlight }) => {
    const what = `${commit === undefined ? '' : `${shortCommit(commit)} as `}${taskDefinitionArn.split('/').at(-1) ?? ''}`;
    const how = `${verified ? 'verified once' : 'verified by nobody'}${inFlight ? ', still in flight' : ''}`;
    return line('DRIFTED', `${service} runs ${what}, ${how}, and not what was last verified here (${ago})`);
  });
}

function holdLines(hold: EnvironmentHold, where: string, now: number): string[] {
  const { kind = 'unclean', by: person, reason, since, until } = hold;
  const end = until === undefined ? '' : `, until ${moment(until)}`;
  const remedy = {
    unclean: `put it right, then: sluice resolve ${where} --reason TEXT`,
    person: `sluice resume ${where}`,
    'after-rollback': `when the next commit is good: sluice resume ${where}`,
  }[kind];
  return [
    line('ON HOLD', `since ${moment(since)} (${duration(now - since)})${by(person)}${end}: ${reason}`),
    line('', `go on: ${remedy}`),
  ];
}

function approvalLines({ releaseId, commit, actor, waiting }: AwaitingApproval, now: number): string[] {
  const { approvedBy, minimum, expiresAt } = waiting;
  const left = expiresAt > now ? `, ${duration(expiresAt - now)} left` : '';
  return [
    line(
      'approval',
      `${shortCommit(commit)} by ${actor} has ${approvedBy.length} of ${minimum} approvals${left}: sluice approve ${releaseId}`,
    ),
  ];
}

function by(actor: string | undefined): string {
  return actor === undefined ? '' : ` by ${actor}`;
}

/** Causes and reasons come from outside: none may leave its line. */
function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)} ${oneLine(text)}`;
}
