import { shortCommit } from './commit';
import type { EnvironmentData } from './environment-queue';

const SHOWN_OUTCOMES = 10;

/** What an environment shows of itself in the Temporal UI, as Markdown. */
export function environmentTable(data: EnvironmentData): string {
  const now = data.current ? `**${shortCommit(data.current.commit)}** is being deployed` : 'nothing is being deployed';
  const hold = data.hold ? [`**On hold**: ${data.hold.reason}`] : [];
  const queue = data.queue.map(({ commit, actor }, index) => `| ${index + 1} | ${shortCommit(commit)} | ${actor} |`);
  const recent = data.recent
    .slice(-SHOWN_OUTCOMES)
    .reverse()
    .map(({ commit, outcome, cause }) => `| ${shortCommit(commit)} | ${outcome} | ${cause.replaceAll('|', '\\|')} |`);
  return [
    `Now: ${now}`,
    ...hold,
    ...(queue.length > 0 ? ['| | waiting | asked for by |\n|---|---|---|\n' + queue.join('\n')] : []),
    ...(recent.length > 0 ? ['| commit | ended | cause |\n|---|---|---|\n' + recent.join('\n')] : []),
  ].join('\n\n');
}
