/** Who caused a release: the claims of a token of GitHub's that was verified, all as text. Never its `sub`, whose form changed in 2026. */
export interface VerifiedTrigger {
  issuer: string;
  repositoryId: string;
  repositoryOwnerId: string;
  /** `owner/name`, for people and for the paths of workflows; never an identity. */
  repository: string;
  ref: string;
  event: string;
  /** `owner/name/.github/workflows/FILE@REF` of the workflow that was triggered. */
  workflowRef: string;
  /** The same of the file that holds the job: another one where that is a reusable workflow. */
  jobWorkflowRef?: string;
  runnerEnvironment: string;
  /** The GitHub environment that the job names. */
  environment?: string;
  actor: string;
  actorId: string;
  runId: string;
  runAttempt: string;
}
