import path from 'node:path';
import type { GateInput } from '../../model/gate';
import { redactor } from '../../model/gates/redact';
import type { GateTools } from '../../model/gates/tools';
import { childEnvironment } from '../process/environment';
import { runProcess } from '../process/run';
import type { ProcessResult } from '../process/run';
import { collectTail } from './line-tail';
import type { GateLog } from './log';
import type { Secret, Secrets } from './secrets';
import { findTool } from './tools';
import type { Tool } from './tools';
import type { GatePlace } from './workspace';

/** Enough for a reader of the cause; the whole is in the log. */
const TAIL_BYTES = 4_096;

type OfPlace = 'own' | 'sharedCheckout' | 'cleanCheckout' | 'keepReport' | 'restoreReports' | 'history';

/** What every kind of gate works with. */
export interface GateContext extends Pick<GatePlace, OfPlace> {
  input: GateInput;
  signal: AbortSignal;
  /** How Sluice's own secretlint is run. */
  secretlint: readonly string[];
  /** What whoever runs this worker says of the tools. */
  tools: GateTools;
  /** Absolute folder for what tools may keep from gate to gate, such as a database of vulnerabilities. */
  caches: string;
  /** Sets the text of the next heartbeats. */
  say: (text: string) => void;
  /** Writes a line into the gate's log alone. */
  note: (text: string) => void;
  /** The program of a tool, if it is the one that was pinned. */
  tool(name: keyof GateTools): Promise<Tool>;
  /** A secret of the worker's, if this release may have it. From here on it is hidden wherever this gate says something. */
  secret(name: string): Secret;
  /** Hides this gate's secrets, and what looks like any. */
  redact: (text: string) => string;
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

export interface ContextParts extends Pick<
  GateContext,
  'input' | 'signal' | 'secretlint' | 'tools' | 'caches' | 'say'
> {
  place: GatePlace;
  guard: readonly string[];
  secrets: Secrets;
  log: GateLog;
}

export function createContext(parts: ContextParts): GateContext {
  const { input, place, guard, secrets, log, signal } = parts;
  const { home, tmp, own, sharedCheckout, cleanCheckout, keepReport, restoreReports, history } = place;
  const given: string[] = [];
  let redact = redactor(given);
  const note = (text: string): void => log.line(redact(text));
  const say = (text: string): void => parts.say(redact(text));
  return {
    ...{ input, signal, own, sharedCheckout, cleanCheckout, keepReport, restoreReports, history, note, say },
    secretlint: parts.secretlint,
    tools: parts.tools,
    caches: parts.caches,
    tool: (name) => findTool(name, parts.tools[name]),
    secret(name) {
      const { project, repository, purpose } = input;
      const secret = secrets({ name, project, repository, purpose });
      if (secret.ok) {
        given.push(secret.value);
        redact = redactor(given);
      }
      return secret;
    },
    redact: (text) => redact(text),
    async execute({ argv, cwd, timeoutMs, environment = {}, shown = argv.join(' ') }) {
      note(`$ ${shown}`);
      say(shown);
      // A checkout has no .git, and Git would go up to find one: to that of whoever keeps Sluice's state in a repository.
      const ceiling = path.dirname(cwd);
      const tail = collectTail(TAIL_BYTES);
      const result = await runProcess({
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
        tailBytes: 0,
        onLine(line) {
          const shownLine = redact(line);
          log.line(shownLine);
          tail.add(shownLine);
          if (shownLine.trim() !== '') parts.say(shownLine);
        },
      });
      return { ...result, tail: tail.text() };
    },
  };
}
