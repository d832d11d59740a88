import { askHttp } from '../../activities/health/http';
import { git } from '../../client/git';
import { shortCommit } from '../../model/commit';
import { commitNamed } from '../../model/doctor/health-answer';
import { judgeAnswer } from '../../model/health';
import type { HttpHealth } from '../../model/plan';
import type { ServiceTarget } from '../../model/target';
import type { Examination, Seen } from './examination';
import { nameOf } from './names';
import { Trouble } from './trouble';

/** Whether the service answers as a release will ask it, about a commit of this clone. Asks once. */
export async function examineHealth({ check, skip }: Examination, target: ServiceTarget, top: string): Promise<void> {
  const { health } = target.service;
  const name = nameOf(target, 'health');
  switch (health.kind) {
    case 'http':
      await check(name, (signal) => ask(health, top, signal));
      return;
    case 'command':
      skip(name, `doctor runs no commands: \`${health.command.join(' ')}\``);
      return;
    case 'digest':
      skip(name, 'by digest: nothing to ask beside ECS');
  }
}

async function ask({ url, commitAt, timeoutMs }: HttpHealth, top: string, signal: AbortSignal): Promise<Seen<true>> {
  const answer = await askHttp(fetch, { url, timeoutMs, signal });
  const { good, seen } = judgeAnswer(answer, null, undefined);
  if (!good || answer.kind === 'none') {
    throw new Trouble(`${url}: ${seen}.`, 'Correct the URL, or see why the service does not answer it from here.');
  }
  const place = commitAt === undefined ? 'in its body' : `at \`${commitAt}\``;
  const commit = commitNamed(answer.body, commitAt);
  if (commit === null) {
    return {
      found: `${url} ${seen}, with no full commit ${place}`,
      value: true,
      fix: `Let it name its commit ${place}; if that comes with the next release, nothing is to be done.`,
    };
  }
  const { exitCode } = await git(top, ['cat-file', '-e', `${commit}^{commit}`]);
  return {
    found: `${url} ${seen}, commit ${shortCommit(commit)}`,
    value: true,
    fix: exitCode === 0 ? undefined : 'This clone does not know that commit: fetch, or see what the URL belongs to.',
  };
}
