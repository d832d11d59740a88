import type { EnvironmentSpec, HealthSpec, ImageSpec, ServiceSpec } from '../plan';
import { approvalRule } from './approval-schema';
import type { EnvironmentInFile, HealthInFile, ServiceInFile } from './environment-schema';
import { freezeWindows } from './freeze-schema';
import { resolveGate } from './gate-schema';
import type { ImageInFile } from './image-schema';
import type { ReleaseConfig } from './release-config';
import type { ReleaseFile } from './schema';

/** From what people write to what a plan holds. The file has passed its schema and all checks. */
export function resolveConfig(file: ReleaseFile): ReleaseConfig {
  const environments = Object.entries(file.environments ?? {}).map(([name, spec]) => resolveEnvironment(name, spec));
  return {
    project: file.project,
    branch: file.branch,
    gates: Object.entries(file.gates).map(([name, spec]) => resolveGate(name, spec)),
    ...(file['on-gate-failure'] === 'run-all' && { onGateFailure: 'run-all' }),
    image: image(file.image, environments[0]?.region ?? ''),
    environments,
  };
}

function image(file: ImageInFile, firstRegion: string): ImageSpec {
  const { repository, region = firstRegion, timeout: timeoutMs, ...build } = file;
  return { repository, region, timeoutMs, build };
}

/** One environment, as `release.yml` and `policy.yml` have it. */
export function resolveEnvironment(name: string, file: EnvironmentInFile): EnvironmentSpec {
  const { region, cluster, approval, queue, freeze, soak } = file;
  return {
    name,
    region,
    cluster,
    services: Object.entries(file.services).map(([service, spec]) => serviceSpec(service, spec)),
    ...(approval && { approval: approvalRule(approval) }),
    ...(queue && { queue }),
    ...(freeze && freeze.length > 0 && { freeze: freezeWindows(freeze) }),
    ...(soak !== undefined && { soakMs: soak }),
  };
}

function serviceSpec(name: string, file: ServiceInFile): ServiceSpec {
  return {
    service: name,
    container: file.container ?? name,
    environment: file.environment,
    from: file.from,
    health: health(file.health),
    stableWithinMs: file['stable-within'],
    failAfterStops: file['fail-after-stops'],
    allowZeroTasks: file['allow-zero-tasks'],
  };
}

function health(file: HealthInFile): HealthSpec {
  const base = { times: file.times, intervalMs: file.every, withinMs: file.within };
  const commitAt = file['commit-at'];
  if (file.http !== undefined) {
    return {
      ...base,
      kind: 'http',
      url: file.http,
      timeoutMs: file.timeout,
      ...(commitAt !== undefined && { commitAt }),
    };
  }
  if (file.command !== undefined) return { ...base, kind: 'command', command: file.command, timeoutMs: file.timeout };
  return { ...base, kind: 'digest' };
}
