import path from 'node:path';
import type { GateInput } from '../../model/gate';
import { childEnvironment } from '../process/environment';
import { runProcess } from '../process/run';
import type { ProcessResult } from '../process/run';
import type { GateLog } from './log';
import type { GatePlace } from './workspace';

/** Enough for a reader of the cause; the whole is in the log. */
const TAIL_BYTES = 4_096;

/** What every kind of gate works with. */
export interface GateContext extends Pick<GatePlace, 'own' | 'sharedCheckout' | 'cleanCheckout'> {
  input: GateInput;
  signal: AbortSignal;
  /** How Sluice's own secretlint is run. */
  secretlint: readonly string[];
  /** Sets the text of the next heartbeats. */
  say: (text: string) => void;
  /** Runs a child of no trust: scrubbed environment, own HOME and TMPDIR, its whole output to the gate's log. */
  execute(command: ChildCommand): Promise<ProcessResult>;
}

export interface ChildCommand {
  argv: readonly string[];
  cwd: string;
  timeoutMs: number;
  environment?: Readonly<Record<string, string>>;
  /** Shown in the log instead of `argv`. */
  shown?: string;
}

export interface ContextParts {
  input: GateInput;
  place: GatePlace;
  guard: readonly string[];
  secretlint: readonly string[];
  log: GateLog;
  signal: AbortSignal;
  say: (text: string) => void;
}

export function createContext({ input, place, guard, secretlint, log, signal, say }: ContextParts): GateContext {
  const { home, tmp, own, sharedCheckout, cleanCheckout } = place;
  return {
    input,
    signal,
    secretlint,
    own,
    sharedCheckout,
    cleanCheckout,
    say,
    execute({ argv, cwd, timeoutMs, environment = {}, shown = argv.join(' ') }) {
      log.line(`$ ${shown}`);
      say(shown);
      // A checkout has no .git, and Git would go up to find one: to that of whoever keeps Sluice's state in a repository.
      const ceiling = path.dirname(cwd);
      return runProcess({
        argv,
        cwd,
        env: childEnvironment({
          home,
          tmp,
          extra: { CI: 'true', ...environment, SLUICE_COMMIT: input.commit, GIT_CEILING_DIRECTORIES: ceiling },
        }),
        guard,
        timeoutMs,
        signal,
        // The log takes whole lines of all commands of the gate; a file of runProcess would hold one command's.
        outputLimitBytes: 0,
        tailBytes: TAIL_BYTES,
        onLine(line) {
          log.line(line);
          if (line.trim() !== '') say(line);
        },
      });
    },
  };
}
