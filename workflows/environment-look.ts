import { sightOf, reasonToHold } from '../model/environment-end';
import { environmentId } from '../model/ids';
import type { ServiceSight } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import type { ServiceTarget } from '../model/target';
import { ecs } from './activities';
import type { Line } from './environment-line';
import { lookAtWhatRuns } from './environment-reconcile';
import { readFailure } from './failure';
import { targetsOf } from './targets';

/** Who asks waits for the answer, and so may continue-as-new. */
const LOOK_LIMIT = '30 seconds';

/** Looks at every service at once and stores what is seen; what cannot be seen is said. It changes and waits for nothing. */
export async function look(line: Line): Promise<void> {
  const { spec } = line.data;
  if (!spec) {
    line.change({ ...line.data, seen: sightOf(line.data, [], ['nothing has asked for a turn here yet'], Date.now()) });
    return;
  }
  const services: Omit<ServiceSight, 'drifted'>[] = [];
  const troubles: string[] = [];
  await Promise.all(
    targetsOf(spec, line.project, environmentId(line.project, spec.name)).map(async (target) => {
      try {
        services.push(await sightOfService(target));
      } catch (error) {
        troubles.push(`${target.service.service}: ${readFailure(error).message}`);
      }
    }),
  );
  const order = spec.services.map(({ service }) => service);
  services.sort((one, other) => order.indexOf(one.service) - order.indexOf(other.service));
  line.change({ ...line.data, seen: sightOf(line.data, services, troubles, Date.now()) });
}

async function sightOfService(target: ServiceTarget): Promise<Omit<ServiceSight, 'drifted'>> {
  const { service } = target.service;
  const { taskDefinitionArn, commit, verified, inFlight } = await ecs.whatRuns.executeWithOptions(
    { summary: `what does ${service} run?`, scheduleToCloseTimeout: LOOK_LIMIT },
    [{ target }],
  );
  return { service, taskDefinitionArn, ...(commit !== null && { commit }), verified, inFlight: inFlight !== null };
}

/** Undefined when the line may go on. An environment that cannot look holds, too: failing here would lose the whole line. */
export async function reasonAfterLook(spec: EnvironmentSpec, line: Line): Promise<string | undefined> {
  try {
    return reasonToHold(await lookAtWhatRuns(spec, line.project), line.data.verified);
  } catch (error) {
    return `what runs could not be seen: ${readFailure(error).message}`;
  }
}
