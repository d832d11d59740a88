import type { ImagePermit } from '../activities/ecs/revision';
import type { DeploymentRequest } from '../model/messages';
import type { EnvironmentSpec } from '../model/plan';
import type { ServiceTarget } from '../model/target';

/** The services of an environment, as `asking` (a request or a workflow) has to do with them. */
export function targetsOf(environment: EnvironmentSpec, project: string, asking: string): ServiceTarget[] {
  const { region, cluster, services, name } = environment;
  return services.map((service) => ({
    region,
    cluster,
    service,
    scope: { project, environment: name, request: asking },
  }));
}

/** What a deployment says of itself to the deployer, which believes nothing of it. */
export function permitOf({
  repository,
  commit,
  environment,
  approved,
  imageReference,
  imageDigest,
}: DeploymentRequest): ImagePermit {
  return {
    repository,
    commit,
    // A rule that was not followed is none.
    ...(approved && environment.approval && { approval: environment.approval }),
    image: { reference: imageReference, digest: imageDigest },
  };
}
