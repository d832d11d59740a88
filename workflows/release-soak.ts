import { condition, workflowInfo } from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import { requestId } from '../model/ids';
import type { EnvironmentSpec } from '../model/plan';
import type { HealthReport, RunningRevision, ServiceTarget } from '../model/target';
import { ecs, health, source } from './activities';
import { readFailure } from './failure';
import type { Journey, TripEnd } from './journey';
import { abortWords } from './journey';
import { targetsOf } from './targets';

/** What an environment that was released says at the end of its time to soak. */
interface Look {
  service: string;
  running: RunningRevision;
  report: HealthReport;
}

/**
 * Lets the commit run in `earlier` for as long as `next` asks for, then asks there once more. Undefined when it may go on;
 * else how the trip to `next` ends, in which nothing was changed.
 *
 * What went bad meanwhile is not rolled back: it was proved healthy when it was deployed, others may have deployed since,
 * and who knows why it is bad is a person.
 */
export async function soak(
  journey: Journey,
  earlier: EnvironmentSpec,
  next: EnvironmentSpec,
): Promise<TripEnd | undefined> {
  const { soakMs = 0 } = next;
  if (soakMs <= 0) return undefined;
  const commit = shortCommit(journey.plan.commit);
  const until = new Date(Date.now() + soakMs).toISOString();
  const phase = journey.phases.begin('soak', `${commit} runs in ${earlier.name} until ${until}`, next.name);
  const aborted = await condition(() => journey.abort !== undefined, soakMs, {
    summary: `${commit} runs in ${earlier.name} first`,
  });
  const end =
    aborted && journey.abort
      ? ({ outcome: 'aborted', cause: abortWords(journey.abort, `letting it run in ${earlier.name} first`) } as const)
      : await lookAgain(journey, earlier, phase);
  if (end === undefined) phase.done(`still healthy in ${earlier.name}`);
  else phase.fail(end.cause);
  return end;
}

async function lookAgain(
  journey: Journey,
  earlier: EnvironmentSpec,
  phase: { say(text: string): void },
): Promise<TripEnd | undefined> {
  phase.say(`is it still healthy in ${earlier.name}?`);
  const { plan } = journey;
  const targets = targetsOf(earlier, plan.project, requestId(workflowInfo().firstExecutionRunId, earlier.name));
  try {
    const looks = await Promise.all(targets.map((target) => look(journey, target)));
    for (const one of looks) {
      const end = await endOf(journey, earlier.name, one);
      if (end !== undefined) return end;
    }
    return undefined;
  } catch (error) {
    const { message } = readFailure(error);
    return { outcome: 'undetermined', cause: `whether ${earlier.name} is still healthy is not known: ${message}` };
  }
}

async function look({ plan, image }: Journey, target: ServiceTarget): Promise<Look> {
  const { service } = target.service;
  const [running, report] = await Promise.all([
    ecs.whatRuns.executeWithOptions({ summary: `what does ${service} run?` }, [{ target }]),
    health.checkHealth.executeWithOptions({ summary: `${service} still answers with ${shortCommit(plan.commit)}` }, [
      { target, commit: plan.commit, imageDigest: image.digest, health: target.service.health },
    ]),
  ]);
  return { service, running, report };
}

/** A commit that took the place there goes its own way, newer or not: this one has not proved itself. */
async function endOf(
  { plan: { repository, commit } }: Journey,
  environment: string,
  { service, running, report }: Look,
): Promise<TripEnd | undefined> {
  const other = running.commit;
  if (other !== null && other !== commit) {
    const { newer } = await source.compareCommits.executeWithOptions(
      { summary: `is ${shortCommit(other)} newer than ${shortCommit(commit)}?` },
      [{ repository, commit, running: other }],
    );
    const what = `${service} in ${environment} runs ${newer ? 'the newer commit ' : ''}${shortCommit(other)} by now`;
    return newer
      ? { outcome: 'superseded', cause: what }
      : { outcome: 'refused', cause: `${what}, not ${shortCommit(commit)}` };
  }
  if (report.healthy) return undefined;
  return { outcome: 'refused', cause: `${service} did not stay healthy in ${environment}: ${report.cause}` };
}
