import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { shortCommit } from '../../model/commit';
import type { GateInput, GateResult } from '../../model/gate';
import type { GateTools } from '../../model/gates/tools';
import { whileHeartbeating } from '../heartbeating';
import { createContext } from './context';
import { printable } from './finding';
import { judge } from './kinds';
import { openGateLog } from './log';
import { createSecrets } from './secrets';
import type { Secrets } from './secrets';
import { createWorkspaces } from './workspace';
import type { Checkout, History } from './workspace';

export interface GateDependencies {
  /** Absolute directory of the gates alone, for checkouts and folders. A short one: sockets in TMPDIR need short paths. */
  workDir: string;
  /** Absolute directory for the gates' whole output. */
  logDir: string;
  /** How `bin/guard.mjs` is run. */
  guard: readonly string[];
  checkout: Checkout;
  history: History;
  /** How `secretlint-scan.mjs` is run; default: the one beside this file, by this Node. */
  secretlint?: readonly string[];
  /** Default: those of this process's environment, without a policy. */
  secrets?: Secrets;
  /** What the policy says of tools. */
  tools?: GateTools;
}

export interface GateActivities {
  runGate: (input: GateInput) => Promise<GateResult>;
  removeWorkspace: (input: { workspace: string }) => Promise<void>;
}

export function createGateActivities(deps: GateDependencies): GateActivities {
  const { workDir, logDir, guard, checkout, history } = deps;
  const { secretlint = [process.execPath, path.join(__dirname, 'secretlint-scan.mjs')] } = deps;
  const { secrets = createSecrets(process.env), tools = {} } = deps;
  // Beside the checkouts and not among them: it outlives every release.
  const caches = `${workDir}-caches`;
  const workspaces = createWorkspaces(workDir, checkout, history);

  return {
    /**
     * Runs one gate at exactly the commit and says what it found. Rejects only for trouble of our own (no checkout, a
     * full disk, cancellation), which says nothing about the commit. Safe to retry: each attempt has fresh folders, and
     * nothing that an earlier one wrote is taken as a result.
     */
    runGate: (input) =>
      whileHeartbeating(`fetching ${shortCommit(input.commit)}`, (progress) =>
        workspaces.enter(input, progress.signal, async (place, signal) => {
          const startedAt = performance.now();
          const log = openGateLog(logDir, input.workspace, input.gate.name);
          try {
            const context = createContext({
              ...{ input, place, guard, secretlint, secrets, tools, caches, log, signal },
              say: (text) => progress.say(printable(stripVTControlCharacters(text), 200)),
            });
            const finding = await judge(context);
            const { verdict } = finding;
            const [cause, tail] = [context.redact(finding.cause), context.redact(finding.tail)];
            log.line(`[${verdict}] ${cause}`);
            const durationMs = Math.round(performance.now() - startedAt);
            return { gate: input.gate.name, verdict, cause, durationMs, tail, log: log.file };
          } finally {
            log.close();
          }
        }),
      ),

    /** Ends whatever still runs in the workspace and deletes its checkouts. The logs stay. Safe to repeat. */
    removeWorkspace: ({ workspace }) => whileHeartbeating('removing checkouts', () => workspaces.remove(workspace)),
  };
}
