import type { Platform } from './plan';
import type { ServiceView } from './service-view';

export interface PreflightQuestion {
  container: string;
  /** Names of the containers in the task definition that would be copied. */
  containers: string[];
  /** As the task definition's runtimePlatform says it; absent means X86_64. */
  architecture?: string;
  allowZeroTasks: boolean;
  requireCircuitBreaker: boolean;
  /** Of the image that would be released, where it is known. */
  platform?: Platform;
}

const ARCHITECTURE: Record<Platform, string> = { 'linux/amd64': 'X86_64', 'linux/arm64': 'ARM64' };

/** What can never work, each in one sentence; empty when nothing stands in the way (design rule 6.9). */
export function objectionsTo(service: ServiceView, question: PreflightQuestion): string[] {
  const { container, containers, architecture = 'X86_64', platform } = question;
  const where = `Service ${service.service} in cluster ${service.cluster} (${service.region})`;
  const { minimumHealthyPercent: least, maximumPercent: most, desiredCount: wanted } = service;
  const checks: [boolean, string][] = [
    [
      service.controller !== 'ECS',
      `uses the deployment controller ${service.controller}; Sluice releases to services of controller ECS.`,
    ],
    [
      service.strategy !== 'ROLLING',
      `uses the deployment strategy ${service.strategy}; Sluice releases to services of strategy ROLLING for now.`,
    ],
    [
      !containers.includes(container),
      `has no container "${container}" in its task definition, only ${containers.map((name) => `"${name}"`).join(', ')}; correct \`container\` in release.yml.`,
    ],
    [
      wanted === 0 && !question.allowZeroTasks,
      'wants 0 tasks, so that nothing could show that a release works; raise its desired count, or set `allowZeroTasks`.',
    ],
    [
      wanted > 0 && !hasRoomToMove(service),
      `can never replace a task: with ${wanted} wanted, minimumHealthyPercent ${least} lets none stop and maximumPercent ${most} lets none start; lower the one or raise the other.`,
    ],
    [
      question.requireCircuitBreaker && !(service.breaker.enabled && service.breaker.rollback),
      'has no deployment circuit breaker with rollback; switch it on, since nothing else returns the service if this process dies.',
    ],
    [
      platform !== undefined && ARCHITECTURE[platform] !== architecture,
      `runs on ${architecture}, and the image is built for ${platform ?? ''}; make \`platform\` in release.yml and runtimePlatform agree.`,
    ],
  ];
  return checks.filter(([objection]) => objection).map(([, sentence]) => `${where} ${sentence}`);
}

/** ECS rounds the minimum up and the maximum down. Source: ECS API, DeploymentConfiguration. */
function hasRoomToMove({ minimumHealthyPercent, maximumPercent, desiredCount }: ServiceView): boolean {
  const mayStop = desiredCount - Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const mayStart = Math.floor((desiredCount * maximumPercent) / 100) - desiredCount;
  return mayStop > 0 || mayStart > 0;
}
