import { isFullCommit } from '../../model/commit';
import { parseDuration } from '../../model/config/units';
import type { Purpose } from '../../model/plan';
import { isTrustedTransport } from '../gateway/issuer';

export interface ActionInputs {
  /** Without a final slash. */
  gateway: string;
  audience: string;
  project: string;
  commit: string;
  purpose: Purpose;
  /** Empty means all of them. */
  environments: string[];
  allowOlder?: string;
  wait: Wait;
  onCancel: 'detach' | 'abort';
  /** How long the job waits for the end. */
  timeoutMs: number;
  /** How long the gateway may be away. */
  patienceMs: number;
}

export type Wait = 'none' | 'gates' | 'all';

/** What the steps of a job get: the process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Wrong inputs, one sentence each. Nothing was asked of anybody. */
export class InputsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InputsError';
  }
}

/** As the gateway takes them. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const REMARK = /^[^\p{Cc}\p{Cf}\u2028\u2029]{1,500}$/u;
const AUDIENCE = /^[\x21-\x7e]{3,256}$/;

/**
 * The inputs of action.yml, as the runner hands them over: `INPUT_` and the name in upper case, blanks as `_`, dashes as
 * they are (source: GitHub's "Metadata syntax", inputs). Throws an InputsError that tells all that is wrong.
 */
export function readInputs(env: Environment): ActionInputs {
  const problems: string[] = [];
  const text = (name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  const check = (name: string, good: boolean, expected: string): void => {
    if (!good) problems.push(`Input \`${name}\` must be ${expected}; it is ${shown(text(name))}.`);
  };
  const one = <T extends string>(name: string, choices: readonly [T, ...T[]], byDefault: T): T => {
    const given = text(name) === '' ? byDefault : text(name);
    const choice = choices.find((each) => each === given);
    check(name, choice !== undefined, `one of ${choices.join(', ')}`);
    return choice ?? byDefault;
  };
  const duration = (name: string, byDefault: string): number => {
    const ms = parseDuration(text(name) === '' ? byDefault : text(name));
    check(name, ms !== undefined, 'a duration such as 90s, 30m or 6h');
    return ms ?? 0;
  };

  const gateway = text('gateway').replace(/\/+$/, '');
  check('gateway', isGatewayUrl(gateway), 'the https: URL of the gateway, without user, query or fragment');
  const audience = text('audience') === '' ? gateway : text('audience');
  const isAudience = text('audience') === '' || AUDIENCE.test(audience);
  check('audience', isAudience, '3 to 256 printable characters without spaces');
  const project = text('project');
  check('project', NAME.test(project), 'the name of a project: 1 to 40 lower-case letters, digits and dashes');
  const commit = text('commit');
  check('commit', isFullCommit(commit), 'a full commit id of 40 hex digits in lower case; branches and tags move');
  const purpose = one('purpose', ['release', 'check'], 'release');
  const environments = listOf(text('environments'));
  const named = environments.length <= 20 && environments.every((name) => NAME.test(name));
  check('environments', named, 'at most 20 names of environments, separated by commas or line breaks');
  const allowOlder = text('allow-older');
  check('allow-older', allowOlder === '' || REMARK.test(allowOlder), 'a reason of 1 to 500 characters on one line');
  if (purpose === 'check' && (environments.length > 0 || allowOlder !== ''))
    problems.push('A check deploys nowhere: leave out the inputs `environments` and `allow-older`.');

  const inputs: ActionInputs = {
    gateway,
    audience,
    project,
    commit,
    purpose,
    environments,
    ...(allowOlder !== '' && { allowOlder }),
    wait: one('wait', ['none', 'gates', 'all'], 'all'),
    onCancel: one('on-cancel', ['detach', 'abort'], 'detach'),
    timeoutMs: duration('timeout', '350m'),
    patienceMs: duration('patience', '5m'),
  };
  if (problems.length > 0) throw new InputsError(problems);
  return inputs;
}

/** A token goes there: nobody may be in between. */
function isGatewayUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isTrustedTransport(url) && url.username === '' && url.password === '' && !/[?#]/.test(text);
}

function listOf(text: string): string[] {
  const names = text.split(/[,\n]/).map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

function shown(text: string): string {
  return text === '' ? 'empty' : `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}
