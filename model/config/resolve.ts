import type { CoverageRule, EnvironmentSpec, GateSpec, HealthSpec, ImageSpec, ServiceSpec } from '../plan';
import type { EnvironmentInFile, HealthInFile, ServiceInFile } from './environment-schema';
import { COVERAGE_FORMATS } from './gate-schema';
import type { GateInFile } from './gate-schema';
import type { ImageInFile } from './image-schema';
import type { ReleaseConfig } from './release-config';
import type { ReleaseFile } from './schema';

/** From what people write to what a plan holds. The file has passed its schema and all checks. */
export function resolveConfig(file: ReleaseFile): ReleaseConfig {
  const environments = Object.entries(file.environments ?? {}).map(([name, spec]) => resolveEnvironment(name, spec));
  return {
    project: file.project,
    branch: file.branch,
    gates: Object.entries(file.gates).map(([name, spec]) => gate(name, spec)),
    image: image(file.image, environments[0]?.region ?? ''),
    environments,
  };
}

function gate(name: string, file: GateInFile): GateSpec {
  const base = { name, needs: file.needs, timeoutMs: file.timeout };
  if (file.uses !== undefined) return { ...base, kind: file.uses };
  return {
    ...base,
    kind: 'run',
    setup: file.setup ?? [],
    run: file.run ?? '',
    environment: file.environment ?? {},
    ...(file.coverage && { coverage: coverage(file.coverage) }),
  };
}

function coverage(file: NonNullable<GateInFile['coverage']>): CoverageRule {
  const format = COVERAGE_FORMATS.find((candidate) => file[candidate] !== undefined) ?? 'lcov';
  const { lines, include, exclude } = file;
  return { format, report: file[format] ?? '', lines, include, exclude, reportLimitBytes: file['report-limit'] };
}

function image(file: ImageInFile, firstRegion: string): ImageSpec {
  const { repository, region = firstRegion, timeout: timeoutMs, ...build } = file;
  return { repository, region, timeoutMs, build };
}

/** One environment, as `release.yml` and `policy.yml` have it. */
export function resolveEnvironment(name: string, file: EnvironmentInFile): EnvironmentSpec {
  const { region, cluster, approval } = file;
  return {
    name,
    region,
    cluster,
    services: Object.entries(file.services).map(([service, spec]) => serviceSpec(service, spec)),
    ...(approval && { approval: { minimum: approval.minimum, expiresMs: approval.expires } }),
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
