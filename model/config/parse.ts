import { crossChecks } from './cross-checks';
import { readConfig } from './read-config';
import type { ReadConfig } from './read-config';
import type { ReleaseConfig } from './release-config';
import { resolveConfig } from './resolve';
import { releaseFileSchema } from './schema';

export type ParsedConfig = ReadConfig<ReleaseConfig>;

/**
 * Reads the text of a `release.yml`; `file` is its name in messages. Nothing of it is executed.
 *
 * Never throws, whatever the text: it comes from commits that nobody has judged yet. At most 25 problems, in the order of the file.
 */
export function parseReleaseConfig(text: string, file: string): ParsedConfig {
  return readConfig(text, file, {
    schema: releaseFileSchema,
    crossChecks,
    resolve: resolveConfig,
    docs: 'docs/release-yml.md',
  });
}
