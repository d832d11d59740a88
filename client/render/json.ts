import type { ReleaseEnd } from '../release-end';
import { exitCodeOf } from '../release-end';
import type { Output } from './output';
import type { Renderer } from './renderer';

/** One JSON object and a line break: what every `--json` writes, so that a stream of them can be read line by line. */
export function writeJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value)}\n`);
}

/** One object for each event; the last one has `kind: "end"` and the exit code. */
export function jsonRenderer(output: Output, workflowId: string): Renderer {
  return {
    event: (event) => writeJson(output, event),
    end: (end) => writeJson(output, endObject(workflowId, end)),
    stop: () => undefined,
  };
}

function endObject(workflowId: string, end: ReleaseEnd): object {
  const { outcome, ...rest } = end.terminated ? { outcome: 'terminated', cause: end.cause } : end.outcome;
  return { kind: 'end', workflowId, outcome, ...rest, exitCode: exitCodeOf(end) };
}
