import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parsePolicy } from '../../model/policy/parse';
import type { Policy } from '../../model/policy/policy';
import { ConfigError } from '../config-error';
import { messageOf, usageError } from '../errors';

/** The policy that is in force. */
export interface PolicySource {
  current(): Policy;
  /** Reads it again. Where that fails the one in force stays, and a ClientError says why. */
  reload(): Promise<void>;
}

/** `policy.yml` from a file, read at once. Throws a ClientError (exit 2), for a wrong file with each problem on a line. */
export async function policyFile(file: string): Promise<PolicySource> {
  let policy = await readPolicy(file);
  return {
    current: () => policy,
    async reload() {
      policy = await readPolicy(file);
    },
  };
}

async function readPolicy(file: string): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`The policy ${file} cannot be read: ${messageOf(error)}.`, error);
  }
  const parsed = parsePolicy(text, path.basename(file));
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed.policy;
}
