import type { RunGate } from '../../model/plan';
import { lastLines } from '../process/last-lines';
import type { ProcessResult } from '../process/run';
import type { GateContext } from './context';
import { forgetReport, judgeReport } from './coverage';
import { couldNotTell, printable } from './finding';
import type { Finding } from './finding';

/** What POSIX shells answer for a command that cannot be executed or is not there. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
/** 128 + SIGKILL. We killed nothing here: it was the kernel, for want of memory, or a person. */
const KILLED = 137;

/**
 * Runs `setup`, then `run`, each by `/bin/sh -euc` in the shared checkout, then judges coverage.
 *
 * *failed* is said only when `run` itself ended with a code of its own, or its report shows too little coverage. A gate whose
 * `setup` did not succeed has not looked at the commit yet (a package registry that is down is the usual reason), one whose
 * command is missing, was killed or did not end in time cannot tell: *undetermined*, which is never a pass either.
 */
export async function runCommands(gate: RunGate, context: GateContext): Promise<Finding> {
  const checkout = await context.sharedCheckout();
  const deadline = performance.now() + gate.timeoutMs;
  const shell = (line: string): Promise<ProcessResult> =>
    context.execute({
      argv: ['/bin/sh', '-euc', line],
      cwd: checkout,
      timeoutMs: Math.max(Math.ceil(deadline - performance.now()), 1),
      environment: gate.environment,
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
  if (gate.coverage && !(await forgetReport(checkout, gate.coverage.report))) {
    return couldNotTell(`the coverage report ${printable(gate.coverage.report)} would lie outside the checkout`);
  }
  const ended = await shell(gate.run);
  const [cause, tail] = [`${quoted(gate.run)} ${howItEnded(ended, gate)}`, lastLines(ended.tail)];
  if (ended.timedOut || [NOT_EXECUTABLE, NOT_FOUND, KILLED].includes(ended.exitCode)) return couldNotTell(cause, tail);
  if (ended.exitCode !== 0) return { verdict: 'failed', cause, tail };
  if (!gate.coverage) return { verdict: 'passed', cause, tail };
  const coverage = await judgeReport(checkout, gate.coverage);
  return { verdict: coverage.verdict, cause: `${cause}; ${coverage.cause}`, tail };
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
