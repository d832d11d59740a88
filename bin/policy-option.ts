import path from 'node:path';
import type { Command } from 'commander';
import type { CliDeps } from '../client/commands/deps';
import { policyFile } from '../client/gateway/policy-source';
import type { Policy } from '../model/policy/policy';

export function addPolicyOption(command: Command): Command {
  return command.option(
    '--policy <file>',
    'who may release what to where: docs/policy-yml.md (default: $SLUICE_POLICY; without one, release.yml on the allowed branch)',
  );
}

/**
 * The policy that is named on the command line or in the environment; undefined where none is. Throws a ClientError
 * (exit 2) for one that cannot be read, and for a wrong one with each problem on a line: file, line and column.
 */
export async function policyOf(
  { cwd, env }: Pick<CliDeps, 'cwd' | 'env'>,
  named: string | undefined,
): Promise<Policy | undefined> {
  const file = named ?? env['SLUICE_POLICY'] ?? '';
  return file === '' ? undefined : (await policyFile(path.resolve(cwd, file))).current();
}
