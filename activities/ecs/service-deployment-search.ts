import type { ServiceAccess } from './service-access';

/** Newest service deployments that are looked through: each unknown revision costs one call. */
const LOOKED_AT = 10;

/**
 * The newest service deployment of a task definition, or undefined where ECS shows none (yet). Nothing older than
 * `notBefore`, a service deployment's ARN, is answered.
 */
export async function deploymentOf(
  access: ServiceAccess,
  taskDefinitionArn: string,
  notBefore?: string,
): Promise<{ arn: string; revisionArn: string } | undefined> {
  const newest = (await access.serviceDeployments()).slice(0, LOOKED_AT);
  for (const { arn, targetRevisionArn } of newest) {
    if (targetRevisionArn !== undefined) {
      const revision = await access.revision(targetRevisionArn);
      if (revision.taskDefinitionArn === taskDefinitionArn) return { arn, revisionArn: targetRevisionArn };
    }
    if (arn === notBefore) return undefined;
  }
  return undefined;
}
