import type { DeploymentRequest } from '../model/messages';
import type { Baseline, ServiceDeploymentRef, ServiceTarget } from '../model/target';
import type { Phases } from './phases';

/** One deployment workflow's shared state. */
export interface Trip {
  request: DeploymentRequest;
  phases: Phases;
  /** Services in the order in which they were touched: the rollback's work list. */
  moved: MovedService[];
  /** Set when something newer ran and going back was asked for: the outcome says so. */
  wentBack?: string;
}

export interface MovedService {
  target: ServiceTarget;
  /** Null where a rollback by hand found nothing that could be returned to; `noBaseline` says why. */
  baseline: Baseline | null;
  noBaseline?: string;
  /** Absent while UpdateService's answer is not known: it may have happened. */
  deployment?: ServiceDeploymentRef;
  /** The revision that it was to run, where nothing on the revision itself tells that this trip brought it. */
  towards?: string;
}
