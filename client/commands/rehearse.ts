import { parseDuration } from '../../model/config/units';
import type { RehearsalOutcome, RollbackRequest } from '../../model/rollback';
import { EXIT } from '../../model/outcome';
import { usageError } from '../errors';
import type { RehearsalTimes } from '../rehearsal-schedule';
import { exitCodeOf } from '../release-end';
import type { ReleaseEnd } from '../release-end';
import { writeJson } from '../render/json';
import { endSentence, oneLine } from '../render/sentences';
import { rehearsalId } from '../../model/ids';
import type { CliDeps } from './deps';
import { withReleases } from './handled';
import { whileWaiting } from './waiting';

export interface RehearseOptions {
  json?: boolean;
  every?: string;
  cron?: string;
  unschedule?: boolean;
}

/** Temporal itself would take less, and nobody wants it. */
const LEAST_MS = 60_000;

/** When rehearsals are asked for from now on; undefined for one at once. Throws a ClientError (exit 2). */
export function timesOf({ every, cron, unschedule }: RehearseOptions): RehearsalTimes | undefined {
  if ([every, cron, unschedule].filter((given) => given !== undefined).length > 1) {
    throw usageError('Give one of --every, --cron and --unschedule.');
  }
  if (cron !== undefined) return { cron };
  if (every === undefined) return undefined;
  const everyMs = parseDuration(every);
  if (everyMs === undefined || everyMs < LEAST_MS) {
    throw usageError(`--every takes a duration of a minute or more, such as 24h, not ${every}.`);
  }
  return { everyMs };
}

/** Rehearses now and says what was found, one by one; or only says from when on it is done, or no longer. */
export async function rehearse(
  deps: CliDeps,
  request: RollbackRequest,
  { json, unschedule }: RehearseOptions,
  times: RehearsalTimes | undefined,
): Promise<number> {
  const { project, environment } = request;
  const tell = (text: string, told: object): number => {
    if (json) writeJson(deps.stdout, { project, environment, ...told });
    else deps.stdout.write(`${text}\n`);
    return EXIT.ok;
  };
  return withReleases(deps, async (releases) => {
    if (unschedule) {
      const scheduleId = await releases.unscheduleRehearsal(project, environment);
      return tell(`${scheduleId} is no longer scheduled.`, { scheduleId, scheduled: false });
    }
    if (times !== undefined) {
      const scheduled = await releases.scheduleRehearsal(request, times);
      const next = scheduled.next === undefined ? 'never' : new Date(scheduled.next).toISOString();
      const text = `${scheduled.scheduleId} is scheduled; next at ${next}. A rehearsal that fails shows as a failed workflow.`;
      return tell(text, { scheduled: true, ...scheduled });
    }
    const workflowId = rehearsalId(project, environment);
    return whileWaiting(deps, { workflowId, json }, async (signal) => {
      const started = await releases.rehearse(request);
      const end = await releases.awaitOutcome(started, { signal });
      if (json) writeJson(deps.stdout, { ...started, ...end, exitCode: exitCodeOf(end) });
      else deps.stdout.write(findingsText(end));
      return exitCodeOf(end);
    });
  });
}

function findingsText(end: ReleaseEnd): string {
  const { findings = [] } = end.terminated ? {} : (end.outcome as Partial<RehearsalOutcome>);
  const lines = findings.map(({ what, good, said }) => oneLine(`${good ? 'ok    ' : 'FAILED'}  ${what}: ${said}`));
  return `${[...lines, endSentence(end)].join('\n')}\n`;
}
