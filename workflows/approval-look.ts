import { shortCommit } from '../model/commit';
import type { ChangesBetween } from '../model/approval/between';
import { NOTHING_BETWEEN } from '../model/approval/between';
import { approvalPicture, boundedChanges } from '../model/approval/picture';
import { readRule } from '../model/approval/rule';
import type { AskedRound } from '../model/approval/view';
import type { ApprovalRule, EnvironmentSpec } from '../model/plan';
import type { Baseline, ServiceTarget } from '../model/target';
import { approvals, ecs } from './activities';
import { readFailure } from './failure';
import type { Journey } from './journey';
import { targetsOf } from './targets';

/** What people are asked about, and whose own work it is; or why nobody needs to be asked. */
export type Look =
  (Pick<AskedRound, 'changes' | 'picture' | 'fingerprints'> & { authors: readonly string[] }) | { superseded: string };

interface ServiceLook {
  target: ServiceTarget;
  service: string;
  /** Null where an earlier deployment is unfinished. */
  baseline: Baseline | null;
}

interface ServiceChange {
  fingerprints: [service: string, fingerprint: string][];
  changes: string[];
}

/** Looks at what runs and at what would change. Rejects with the failure of whatever could not be asked. */
export async function lookAtChange(
  { image, plan, request, gates }: Journey,
  environment: EnvironmentSpec,
  rule: ApprovalRule,
  id: string,
): Promise<Look> {
  const services = await Promise.all(targetsOf(environment, plan.project, id).map((target) => lookAtService(target)));
  // At once, since each of them would cost a workflow task of its own.
  const [between, ...changed] = await Promise.all([
    whatLiesBetween(plan, services, readRule(rule).ownWork === 'refused'),
    ...services.map((service) => whatChanges(service, image.reference, plan.commit)),
  ]);
  if (between.newer !== undefined && request.allowOlder === undefined) {
    const [running, own] = [between.newer, plan.commit].map(shortCommit);
    return {
      superseded: `${environment.name} already runs ${running ?? ''}, which descends from ${own ?? ''}; to go back to the older commit, start it with --allow-older "<reason>"`,
    };
  }
  return {
    changes: boundedChanges(changed.flatMap(({ changes }) => changes)),
    fingerprints: Object.fromEntries(changed.flatMap(({ fingerprints }) => fingerprints)),
    picture: approvalPicture({ baselines: services, commit: plan.commit, digest: image.digest, between, gates }),
    authors: between.authors,
  };
}

async function lookAtService(target: ServiceTarget): Promise<ServiceLook> {
  const { service } = target.service;
  const found = await ecs.captureBaseline.executeWithOptions({ summary: `what does ${service} run?` }, [{ target }]);
  return { target, service, baseline: found.kind === 'baseline' ? found.baseline : null };
}

async function whatChanges(
  { target, service, baseline }: ServiceLook,
  imageReference: string,
  commit: string,
): Promise<ServiceChange> {
  if (baseline === null) {
    // Whatever is approved now is asked again at the turn, when the service has come to rest.
    return { fingerprints: [], changes: [`${service}: an earlier deployment is unfinished; it is settled first`] };
  }
  const preview = await ecs.previewRevision.executeWithOptions({ summary: `what would ${service} become?` }, [
    { target, baseline, imageReference, commit },
  ]);
  const changes = preview.changes.map((change) => `${service}: ${change}`);
  return { fingerprints: [[service, preview.fingerprint]], changes };
}

/** Where nobody's own work is refused, approval does not wait for a repository that cannot be read. */
async function whatLiesBetween(
  { repository, commit }: Journey['plan'],
  services: readonly ServiceLook[],
  authors: boolean,
): Promise<ChangesBetween> {
  const commits = services.map(({ baseline }) => baseline?.commit);
  const running = [...new Set(commits.filter((one) => one !== undefined))];
  const input = { repository, commit, running, unknownRuns: commits.includes(undefined), authors };
  try {
    return await approvals.changesBetween.executeWithOptions({ summary: 'which commits lie in between?' }, [input]);
  } catch (error) {
    const { message } = readFailure(error);
    if (authors) throw error;
    return { ...NOTHING_BETWEEN, unknown: [`the commits in between could not be read: ${message}`] };
  }
}
