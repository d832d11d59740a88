import type { ServiceSpec } from './plan';

/** One ECS service of one environment, as every ECS activity is told of it. */
export interface ServiceTarget {
  region: string;
  cluster: string;
  service: ServiceSpec;
  scope: TargetScope;
}

/** Whose service it is said to be, and for which request it is asked. Which role that takes only the deployer's own policy says. */
export interface TargetScope {
  project: string;
  /** Name of the environment. */
  environment: string;
  /** Request or workflow that asks; becomes the name of the session at AWS. */
  request: string;
}

/** What ran before, and can be returned to. */
export interface Baseline {
  service: string;
  taskDefinitionArn: string;
  /** What ECS says really runs: digests of the service revision or of running tasks, by container. */
  digests: Record<string, string>;
  serviceRevisionArn?: string;
  /** The newest service deployment when the baseline was captured: whatever is newer came after it. */
  serviceDeploymentArn?: string;
  desiredCount: number;
  /** From our own tag on the task definition; absent where the revision is not ours. */
  commit?: string;
  /**
   * References by digest for containers whose image is named by a tag only. Such a tag may have been moved since, so a
   * return that has to update the service registers a copy with these first.
   */
  pins?: Record<string, string>;
}

/** The live revision is ours and nobody ever verified it: a run before this one was cut off (design rule 6.7). */
export interface UnfinishedRevision {
  deployment: ServiceDeploymentRef;
  /** The baseline that its tags name. */
  returnTo: Baseline;
  commit: string;
  release: string;
}

/** A deployment that we started or follow: identity is the service deployment, never the task definition alone. */
export interface ServiceDeploymentRef {
  service: string;
  taskDefinitionArn: string;
  /** `ecs-svc/…` */
  deploymentId: string;
  serviceDeploymentArn?: string;
}

/** What stands at the service before a deployment of ours. */
export type BaselineAnswer =
  | { kind: 'baseline'; baseline: Baseline }
  | { kind: 'unfinished'; unfinished: UnfinishedRevision }
  /** Something still moves: wait with `awaitSettled`, then look again. */
  | {
      kind: 'in-flight';
      deployment: ServiceDeploymentRef;
      ours: boolean;
      /** Where the live revision itself is ours and rolls: without a circuit breaker it may do so for ever. */
      unfinished?: UnfinishedRevision;
    };

export type RolloutEnd =
  | { kind: 'succeeded'; digests: Record<string, string> }
  | { kind: 'failed'; cause: string }
  /** ECS has returned to an earlier revision by itself, or is doing so. */
  | { kind: 'rolled-back'; cause: string; taskDefinitionArn: string }
  /** Somebody else's deployment took the place of ours. */
  | { kind: 'superseded'; cause: string };

export type ReturnStart =
  | { kind: 'already' }
  | { kind: 'following'; deployment: ServiceDeploymentRef }
  /** Somebody else's deployment took the place of ours; nothing was done. */
  | { kind: 'superseded'; cause: string };

export type ReturnEnd =
  | { kind: 'returned' }
  /** Settled, but not on the baseline: `beginReturn` once more updates the service to it. */
  | { kind: 'elsewhere'; cause: string }
  | { kind: 'failed'; cause: string };

export interface RunningRevision {
  taskDefinitionArn: string;
  /** From our own tags; null where the revision is not ours. */
  commit: string | null;
  release: string | null;
  verified: boolean;
  inFlight: ServiceDeploymentRef | null;
  /** By container. */
  digests: Record<string, string>;
  /** Where it is our copy of another revision with its images pinned: ARN of that one. */
  copyOf?: string;
}

/** How a service stands before a rollback by hand. */
export type RollbackStand =
  | { kind: 'runs' }
  /** `wanted`: it rolls to what is wanted already. */
  | { kind: 'rolling'; deployment: ServiceDeploymentRef; wanted: boolean }
  /** Null where there is nothing that the service could be taken back to (`noBaseline` says why). */
  | { kind: 'stands'; baseline: Baseline | null; noBaseline?: string; since?: string };

export interface HealthReport {
  healthy: boolean;
  /** One sentence: the last answer seen, or what proved it. */
  cause: string;
}
