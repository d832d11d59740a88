import type { ConfigProblem } from '../model/config/release-config';
import { formatProblem } from '../model/config/release-config';
import { EXIT } from '../model/outcome';
import { ClientError } from './errors';

/** A `release.yml` that is wrong: one line for each problem, as compilers say it. */
export class ConfigError extends ClientError {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(EXIT.usage, problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
  }
}
