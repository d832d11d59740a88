import type { Command } from 'commander';
import type { Releases } from '../releases';
import type { CliDeps } from './deps';

/** Options of the program itself, which may stand anywhere on the line. */
export interface GlobalOptions {
  json?: boolean;
  debug?: boolean;
}

/**
 * An action for commander: `handler` gets the operands, then the command's options and the program's in one object; what it
 * returns is the exit code.
 */
export function handled<Args extends unknown[]>(
  deps: CliDeps,
  handler: (...args: Args) => Promise<number>,
): (...args: [...Args, Command]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const operands = args.slice(0, -2);
    deps.exit.code = await handler(...([...operands, command.optsWithGlobals()] as unknown[] as Args));
  };
}

/** Connects for one command, and always lets go of the connection. */
export async function withReleases<T>(deps: CliDeps, use: (releases: Releases) => Promise<T>): Promise<T> {
  const releases = await deps.connect(deps.env);
  try {
    return await use(releases);
  } finally {
    await releases.close();
  }
}
