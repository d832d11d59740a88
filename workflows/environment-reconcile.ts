import type { RunningRevision } from '../model/environment-end';
import { environmentId } from '../model/ids';
import type { EnvironmentSpec } from '../model/plan';
import { ecs, ecsWaits } from './activities';
import { targetsOf } from './targets';

/** After an end that was not clean: lets what is in flight settle, then says what runs. It changes nothing. */
export async function lookAtWhatRuns(environment: EnvironmentSpec, project: string): Promise<RunningRevision[]> {
  const running: RunningRevision[] = [];
  for (const target of targetsOf(environment, project, environmentId(project, environment.name))) {
    const { service } = target;
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
