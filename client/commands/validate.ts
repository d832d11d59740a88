import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { parseReleaseConfig } from '../../model/config/parse';
import { EXIT } from '../../model/outcome';
import { ConfigError } from '../config-error';
import { messageOf, usageError } from '../errors';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled } from './handled';
import { examples } from './help';

export function registerValidate(program: Command, deps: CliDeps): void {
  program
    .command('validate')
    .argument('[file]', 'the file to read', 'release.yml')
    .description('check a release.yml: file, line, column, and what was expected')
    .addHelpText('after', examples('sluice validate', 'sluice validate services/api/release.yml --json'))
    .action(handled(deps, (file: string, { json }: GlobalOptions) => validate(deps, file, json)));
}

async function validate(deps: CliDeps, file: string, json: boolean | undefined): Promise<number> {
  const text = await readFile(path.resolve(deps.cwd, file), 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const what = missing ? `There is no ${file}` : `${file} cannot be read (${messageOf(error)})`;
    throw usageError(`${what} in ${deps.cwd}: name the file, or run this where it is.`, error);
  });
  const parsed = parseReleaseConfig(text, file);
  if (!parsed.ok) throw new ConfigError(parsed.problems);

  const { project, gates, environments } = parsed.config;
  const names = { gates: gates.map(({ name }) => name), environments: environments.map(({ name }) => name) };
  if (json) writeJson(deps.stdout, { file, valid: true, project, ...names });
  else
    deps.stdout.write(
      `${file} is valid: project ${project}, gates ${list(names.gates)}, environments ${list(names.environments)}.\n`,
    );
  return EXIT.ok;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
