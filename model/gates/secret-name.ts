import { matching } from '../config/fields';

/** Where a worker keeps a secret for gates: no other variable of it can be asked for. */
export const SECRET_PREFIX = 'SLUICE_SECRET_';

/** Names that tell a program what to load or where to look are no secrets. */
const NAME =
  /^(?!(?:SLUICE_|LD_|DYLD_|GIT_|NODE_OPTIONS$|BASH_|PYTHON|PERL5|RUBYOPT|JAVA_TOOL_OPTIONS))(?!(?:HOME|TMPDIR|PATH|ENV|IFS|CI)$)[A-Z][A-Z0-9_]{2,63}$/;

export function secretName() {
  return matching(NAME, 'the name of a secret: capital letters, digits and underscores, such as SONAR_TOKEN');
}
