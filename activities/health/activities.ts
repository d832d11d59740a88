import { sleep } from '@temporalio/activity';
import { judgeAnswer, judgeDigests, nextStreak } from '../../model/health';
import type { AnswerJudgement } from '../../model/health';
import type { HealthSpec } from '../../model/plan';
import type { HealthReport, ServiceTarget } from '../../model/target';
import type { RegionalClients } from '../aws/clients';
import { TypedError } from '../../model/failures';
import { accessService } from '../ecs/service-access';
import type { ServiceAccess } from '../ecs/service-access';
import { deadlineOf } from '../ecs/patience';
import { whileHeartbeating } from '../heartbeating';
import { askCommand } from './command';
import { askHttp } from './http';
import type { Fetch } from './http';

export interface HealthDeps {
  /** Those that a target is touched with. */
  clientsOf: (target: ServiceTarget) => Pick<RegionalClients, 'ecs'>;
  /** How commands are run: see activities/process/run. */
  guard: readonly string[];
  fetch?: Fetch;
}

export interface CheckHealth {
  target: ServiceTarget;
  /** What the service must answer; null asks only for a good answer, of a baseline that is not ours. */
  commit: string | null;
  /** What running tasks must carry; null where it is not known. */
  imageDigest: string | null;
  health: HealthSpec;
}

/** Asks the running service itself; ECS's own word is not enough (design rule 6.2). */
export function createHealthActivities({ clientsOf, guard, fetch = globalThis.fetch }: HealthDeps) {
  return {
    /**
     * Asks until the service has given the wanted number of good answers in a row, or the time is over. Reads only; a
     * retry counts its row anew, and its time from the first attempt's scheduling.
     */
    async checkHealth(input: CheckHealth): Promise<HealthReport> {
      const { health } = input;
      return whileHeartbeating(`0 of ${health.times} good answers`, async (progress) => {
        const askOnce = asker(input, { clientsOf, guard, fetch }, progress.signal);
        const deadline = deadlineOf(health.withinMs);
        let streak = { good: 0, seen: 'nothing' };
        for (;;) {
          streak = nextStreak(streak, await askOnce());
          if (streak.good >= health.times) {
            const often = health.times === 1 ? 'once' : `${health.times} times in a row`;
            return { healthy: true, cause: `${subjectOf(input)} ${streak.seen}, ${often}` };
          }
          progress.say(`${streak.good} of ${health.times} good answers; the last: ${streak.seen}`);
          const left = deadline - Date.now();
          if (left <= 0) {
            const within = `${Math.round(health.withinMs / 1000)} s`;
            return { healthy: false, cause: `not healthy within ${within}: ${subjectOf(input)} ${streak.seen}` };
          }
          await sleep(Math.min(health.intervalMs, left));
        }
      });
    },
  };
}

export type HealthActivities = ReturnType<typeof createHealthActivities>;

type Asker = () => Promise<AnswerJudgement>;

/** How this service is asked once, by the kind of its health check. */
function asker(
  { target, commit, imageDigest, health }: CheckHealth,
  deps: Required<HealthDeps>,
  signal: AbortSignal,
): Asker {
  switch (health.kind) {
    case 'http':
      return async () =>
        judgeAnswer(
          await askHttp(deps.fetch, { url: health.url, timeoutMs: health.timeoutMs, signal }),
          commit,
          health.commitAt,
        );
    case 'command': {
      const { service } = target.service;
      return () => askCommand({ health, service, commit: commit ?? '', guard: deps.guard, signal });
    }
    case 'digest': {
      const access = accessService(deps.clientsOf(target).ecs(target.region), target);
      return () => outlive(() => askDigests(access, imageDigest));
    }
  }
}

async function askDigests(access: ServiceAccess, digest: string | null): Promise<AnswerJudgement> {
  const { desiredCount } = await access.existingService();
  const running = (await access.runningTasks()).filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const { container } = access.target.service;
  const found = running.map(({ containers }) => containers.find(({ name }) => name === container)?.digest);
  return judgeDigests(found, { wanted: desiredCount, digest });
}

/** Trouble of AWS is no good answer, and no reason to end the wait either. */
async function outlive(ask: Asker): Promise<AnswerJudgement> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TypedError && error.type === 'Unavailable') return { good: false, seen: error.message };
    throw error;
  }
}

/** What the sentence about an answer begins with. */
function subjectOf({ target, health }: CheckHealth): string {
  switch (health.kind) {
    case 'http':
      return health.url;
    case 'command':
      return `the command \`${health.command.join(' ')}\``;
    case 'digest':
      return `service ${target.service.service}`;
  }
}
