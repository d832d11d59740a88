/** One table of typed failures that activities throw and workflows act on: what each means and what a person can do. */
export const FAILURES = {
  BadConfig: { remedy: 'Correct release.yml (try `sluice validate`) and start the release again.' },
  /** The command asks for what the files do not have; its message says what they have. */
  BadRequest: { remedy: 'Correct the command and run it again.' },
  SourceMissing: { remedy: 'Give a repository that the workers can read and the full SHA of a commit in it.' },
  SourceRefused: { remedy: 'Start the release again; if it happens twice, somebody changes the repository under it.' },
  PolicyRefused: {
    remedy:
      'What may deploy is said by policy.yml of the workers or, without one, by release.yml on the allowed branch.',
  },
  TargetMissing: { remedy: 'Create it, or correct the names and the region in release.yml.' },
  TargetUnsuitable: { remedy: 'Change the service as the message says, then release again.' },
  CredentialsMissing: { remedy: 'Give the worker temporary AWS credentials (a role, or `aws sso login`).' },
  CredentialsRefused: { remedy: 'Then run the same command again.' },
  AccessDenied: { remedy: 'Grant the named action to the role of this worker.' },
  ImageBuild: { remedy: 'Mend it, commit, and release that commit.' },
  ImagePush: { remedy: 'Check that the repository exists and that the worker may push to it.' },
  ToolMissing: { remedy: 'Install the named tool on the worker.' },
  /** AWS, Git or Temporal did not answer; retried by Temporal until the activity's own limit. */
  Unavailable: { remedy: 'Nothing is claimed about what it could not ask; run the same command again later.' },
} as const satisfies Record<string, { remedy: string }>;

export type FailureType = keyof typeof FAILURES;

export function isFailureType(type: string | null | undefined): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(FAILURES, type);
}

/** An error with a type of the table above; the worker turns it into Temporal's ApplicationFailure. */
export class TypedError extends Error {
  constructor(
    readonly type: FailureType,
    message: string,
    private readonly options: ErrorOptions & { final?: boolean } = {},
  ) {
    super(message, options);
    this.name = type;
  }

  /** Only trouble that may pass by itself is worth another try, and not when all the time for it is over (`final`). */
  get retryable(): boolean {
    return this.type === 'Unavailable' && this.options.final !== true;
  }
}
