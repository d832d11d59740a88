import { ConfigError } from '../../client/config-error';
import { ClientError, messageOf } from '../../client/errors';
import { FAILURES, TypedError } from '../../model/failures';

/** What a check failed with, and what to do about it: one sentence each. */
export class Trouble extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = 'Trouble';
  }
}

/** Any error of a check for people. What nobody foresaw is said as it is: a doctor goes on with the next check. */
export function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  if (error instanceof ConfigError) {
    const file = error.problems[0]?.file ?? 'the file';
    return new Trouble(
      error.message,
      `Correct ${file} where it says; docs/release-yml.md and docs/policy-yml.md are the references.`,
    );
  }
  if (error instanceof TypedError) return new Trouble(error.message, remedyOf(error));
  if (error instanceof ClientError) return new Trouble(error.message, 'Do as it says, then run `sluice doctor` again.');
  return new Trouble(
    `This could not be checked: ${messageOf(error)}`,
    'Run it again; if it stays, report it with the output of --debug.',
  );
}

function remedyOf({ type, message }: TypedError): string {
  // As `asTypedError` begins its sentence: the action, then what it was asked about.
  const action = /^AWS does not allow (\S+)/.exec(message)?.[1];
  if (type !== 'AccessDenied' || action === undefined) return FAILURES[type].remedy;
  if (action === 'sts:AssumeRole') {
    return 'Let the trust policy of that role name this identity; from another account grant it sts:AssumeRole as well.';
  }
  return `Grant ${action} to whoever asks here; \`sluice iam\` prints all that a release needs.`;
}
