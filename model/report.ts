import type { OutcomeName } from './outcome';
import type { PhaseStatus } from './messages';
import type { Purpose } from './plan';

/** What GitHub is told of a release whose job does not wait for it (`wait: none`). */

/** Source: GitHub REST, "Create a commit status". */
export type CommitState = 'pending' | 'success' | 'failure' | 'error';

/** Of those that GitHub knows for a deployment. Source: GitHub REST, "Create a deployment status". */
export type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

/** Which release it is, and what it is of. */
export interface ReportSubject {
  workflowId: string;
  runId: string;
  project: string;
  purpose: Purpose;
  commit: string;
  /** As the gateway verified them: the number is the identity, the name only the path. */
  repository: { id: string; name: string };
}

export interface CommitReport {
  state: CommitState;
  description: string;
}

export interface DeploymentReport {
  environment: string;
  /** Ours, by which GitHub's deployment is found again. */
  requestId: string;
  state: DeploymentState;
  description: string;
}

/** All that is to be told, whole: a newer one stands for every one before it. */
export interface ReleaseReport {
  commit: CommitReport;
  /** In the order in which the environments were reached. */
  deployments: DeploymentReport[];
  /** After this one nothing more comes. */
  final: boolean;
}

/** What GitHub takes as a description of a status. */
export const DESCRIPTION_LIMIT = 140;

/** Under which a repository's rules find the status; several projects may be in one repository. */
export function statusContext({ purpose, project }: Pick<ReportSubject, 'purpose' | 'project'>): string {
  return `sluice/${purpose}/${project}`;
}

/** One line of at most 140 characters. */
export function description(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= DESCRIPTION_LIMIT ? line : `${characters.slice(0, DESCRIPTION_LIMIT - 1).join('')}…`;
}

/** `error` is for what is not known: nobody said no. */
export function commitState(outcome: OutcomeName): CommitState {
  if (outcome === 'released' || outcome === 'checked') return 'success';
  return outcome === 'gate-undetermined' || outcome === 'undetermined' ? 'error' : 'failure';
}

/** `inactive` where nothing was deployed since somebody, or a newer commit, stood in the way. */
export function deploymentState(outcome: OutcomeName): DeploymentState {
  switch (outcome) {
    case 'released':
      return 'success';
    case 'aborted':
    case 'superseded':
    case 'not-approved':
      return 'inactive';
    case 'undetermined':
      return 'error';
    default:
      return 'failure';
  }
}

/** What a phase means for the deployment of its environment; undefined where it means nothing new. */
export function deploymentInPhase({
  phase,
  state,
}: Pick<PhaseStatus, 'phase' | 'state'>): Pick<DeploymentReport, 'state' | 'description'> | undefined {
  if (phase === 'approval' && state === 'running') return { state: 'queued', description: 'waiting for approval' };
  if (phase === 'turn' && state === 'running') return { state: 'queued', description: 'waiting for its turn' };
  if (phase === 'turn' && state === 'done') return { state: 'in_progress', description: 'being deployed' };
  return undefined;
}

/** The last word on a release that closed without one of its own. */
export function cutOff(report: ReleaseReport): ReleaseReport {
  const words = 'the release was ended in Temporal without an outcome: see there what runs';
  const over = (state: DeploymentState): boolean => state !== 'queued' && state !== 'in_progress';
  return {
    commit: { state: 'error', description: words },
    deployments: report.deployments.map((one) =>
      over(one.state) ? one : { ...one, state: 'error', description: words },
    ),
    final: true,
  };
}
