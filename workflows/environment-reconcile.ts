import type { RunningRevision } from '../model/environment-queue';
import type { EnvironmentSpec } from '../model/plan';
import { ecs, ecsWaits } from './activities';

/** After an end that was not clean: lets what is in flight settle, then says what runs. It changes nothing. */
export async function lookAtWhatRuns(environment: EnvironmentSpec): Promise<RunningRevision[]> {
  const { region, cluster } = environment;
  const running: RunningRevision[] = [];
  for (const service of environment.services) {
    const target = { region, cluster, service };
    let found = await ecs.whatRuns({ target });
    if (found.inFlight) {
      await ecsWaits.awaitSettled.executeWithOptions({ summary: `${service.service} comes to rest` }, [
        { target, withinMs: service.stableWithinMs },
      ]);
      found = await ecs.whatRuns({ target });
    }
    running.push({
      service: service.service,
      taskDefinitionArn: found.taskDefinitionArn,
      ours: found.release !== null,
      verified: found.verified && !found.inFlight,
    });
  }
  return running;
}
