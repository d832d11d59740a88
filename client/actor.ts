import os from 'node:os';
import { git } from './git';

/** Who asks, as far as this machine knows: Git's `user.email`, else the account's name. A claim, not a proof: recorded as unverified. */
export async function defaultActor(cwd: string): Promise<string> {
  const email = await git(cwd, ['config', 'user.email']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  return email || accountName();
}

function accountName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return 'unknown';
  }
}
