import type { RunGate } from '../../model/plan';
import { lastLines } from '../process/last-lines';
import type { ProcessResult } from '../process/run';
import type { GateContext } from './context';
import { couldNotTell, printable } from './finding';
import type { Finding } from './finding';
import { prepareReports } from './run-reports';
import type { Judgement } from './run-reports';

/** What POSIX shells answer for a command that cannot be executed or is not there. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
/** 128 + SIGKILL. We killed nothing here: it was the kernel, for want of memory, or a person. */
const KILLED = 137;

/**
 * Runs `setup`, then `run`, each by `/bin/sh -euc` in the shared checkout, then judges the reports that `run` wrote.
 *
 * *failed* is said only when `run` itself ended with a code of its own, or a report of it shows a
 * failed test or too little coverage. A gate whose
 * `setup` did not succeed has not looked at the commit yet (a package registry that is down is the usual reason), one whose
 * command is missing, was killed or did not end in time cannot tell: *undetermined*, which is never a pass either.
 */
export async function runCommands(gate: RunGate, context: GateContext): Promise<Finding> {
  const secrets: Record<string, string> = {};
  for (const name of gate.secrets ?? []) {
    const secret = context.secret(name);
    if (!secret.ok) return couldNotTell(secret.why);
    secrets[name] = secret.value;
  }
  const checkout = await context.sharedCheckout();
  const deadline = performance.now() + gate.timeoutMs;
  const shell = (line: string): Promise<ProcessResult> =>
    context.execute({
      argv: ['/bin/sh', '-euc', line],
      cwd: checkout,
      timeoutMs: Math.max(Math.ceil(deadline - performance.now()), 1),
      environment: { ...gate.environment, ...secrets },
      shown: line,
    });

  for (const line of gate.setup) {
    const ended = await shell(line);
    if (ended.timedOut || ended.exitCode !== 0) {
      return couldNotTell(
        `setup ${quoted(line)} ${howItEnded(ended, gate)}, so the gate itself was not run`,
        lastLines(ended.tail),
      );
    }
  }
  const reports = await prepareReports(gate, checkout, context);
  if (typeof reports === 'string') return couldNotTell(reports);
  const ended = await shell(gate.run);
  const [cause, tail] = [`${quoted(gate.run)} ${howItEnded(ended, gate)}`, lastLines(ended.tail)];
  if (ended.timedOut || [NOT_EXECUTABLE, NOT_FOUND, KILLED].includes(ended.exitCode)) return couldNotTell(cause, tail);
  const own: Judgement = { verdict: ended.exitCode === 0 ? 'passed' : 'failed', cause };
  return { ...together(own, await reports.judge()), tail };
}

/** The worst counts. A command that failed has failed, and then only the reports that say why are worth a word. */
function together(own: Judgement, reports: readonly Judgement[]): Judgement {
  const worst = (['failed', 'undetermined'] as const).find((verdict) =>
    [own, ...reports].some((each) => each.verdict === verdict),
  );
  const told = own.verdict === 'failed' ? reports.filter(({ verdict }) => verdict === 'failed') : reports;
  return { verdict: worst ?? 'passed', cause: [own, ...told].map(({ cause }) => cause).join('; ') };
}

function howItEnded({ exitCode, timedOut }: ProcessResult, { timeoutMs }: RunGate): string {
  if (timedOut) return `was not done when the gate's ${timeoutMs / 1000} s were over`;
  switch (exitCode) {
    case 0:
      return 'succeeded';
    case NOT_EXECUTABLE:
      return 'could not run: a command in it may not be executed (exit code 126)';
    case NOT_FOUND:
      return 'could not run: a command in it was not found (exit code 127); install it on the worker or in `setup`';
    case KILLED:
      return 'was killed (exit code 137), most often for want of memory';
    default:
      return `failed with exit code ${exitCode}`;
  }
}

function quoted(line: string): string {
  return `\`${printable(line.trim().split('\n')[0] ?? '', 80)}\``;
}
