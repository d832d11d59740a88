import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { shortCommit } from '../../model/commit';
import type { GateInput, GateResult } from '../../model/gate';
import type { ScannerGate } from '../../model/plan';
import { whileHeartbeating } from '../heartbeating';
import { createContext } from './context';
import type { GateContext } from './context';
import { printable } from './finding';
import type { Finding } from './finding';
import { scanWithGitleaks } from './gitleaks';
import { openGateLog } from './log';
import { runCommands } from './run-commands';
import type { Scanner } from './scanner';
import { scanWithSecretlint } from './secretlint';
import { createWorkspaces } from './workspace';
import type { Checkout } from './workspace';

export interface GateDependencies {
  /** Absolute directory of the gates alone, for checkouts and folders. A short one: sockets in TMPDIR need short paths. */
  workDir: string;
  /** Absolute directory for the gates' whole output. */
  logDir: string;
  /** How `bin/guard.mjs` is run. */
  guard: readonly string[];
  checkout: Checkout;
  /** How `secretlint-scan.mjs` is run; default: the one beside this file, by this Node. */
  secretlint?: readonly string[];
}

export interface GateActivities {
  runGate: (input: GateInput) => Promise<GateResult>;
  removeWorkspace: (input: { workspace: string }) => Promise<void>;
}

/** A new scanner is a file and a line here, beside its name in the model. */
const SCANNERS: Readonly<Record<ScannerGate['kind'], Scanner>> = {
  secretlint: scanWithSecretlint,
  gitleaks: scanWithGitleaks,
};

export function createGateActivities(deps: GateDependencies): GateActivities {
  const { workDir, logDir, guard, checkout } = deps;
  const { secretlint = [process.execPath, path.join(__dirname, 'secretlint-scan.mjs')] } = deps;
  const workspaces = createWorkspaces(workDir, checkout);

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
              ...{ input, place, guard, secretlint, log, signal },
              say: (text) => progress.say(printable(stripVTControlCharacters(text), 200)),
            });
            const { verdict, cause, tail } = await judge(context);
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

function judge(context: GateContext): Promise<Finding> {
  const { gate } = context.input;
  return gate.kind === 'run' ? runCommands(gate, context) : SCANNERS[gate.kind](gate, context);
}
