import { compare } from '../../model/iam/compare';
import type { Comparison } from '../../model/iam/compare';
import { grantsOf } from '../../model/iam/grants';
import type { Template } from '../../model/iam/cloudformation';
import { readTrail } from '../../model/iam/trail';
import { messageOf, usageError } from '../errors';
import type { Output } from '../render/output';
import { writeJson } from '../render/json';
import { textTable } from '../render/table';

/** The exit code when something was used that is not granted. */
const NOT_GRANTED = 1;

/** Holds a record of calls against what a template grants, and answers the exit code. `file` is its name in messages. */
export function showComparison(
  template: Template,
  trail: { file: string; text: string },
  output: Output,
  json?: boolean,
): number {
  const found = compare(grantsOf(template), eventsOf(trail));
  if (json) writeJson(output, { file: trail.file, ...found });
  else output.write(`${comparisonText(found, trail.file)}\n`);
  return found.notGranted.length > 0 ? NOT_GRANTED : 0;
}

function eventsOf({ file, text }: { file: string; text: string }) {
  try {
    return readTrail(text);
  } catch (error) {
    throw usageError(`${file} is no record of calls: ${messageOf(error)}.`, error);
  }
}

function comparisonText({ unused, notGranted, calls, others }: Comparison, file: string): string {
  const rows = [
    ...notGranted.map(({ role, action, resource, times }) => [
      'used, not granted',
      `${times}×`,
      role,
      action,
      resource ?? '',
    ]),
    ...unused.map(({ role, action, resources }) => ['granted, never used', '', role, action, resources.join(' ')]),
  ];
  const seen = `${calls} calls of these roles in ${file}, ${others} of others.`;
  if (rows.length === 0) return `${seen} All that is granted was used, and nothing else.`;
  return [...textTable(['', '', 'role', 'action', 'resources'], rows), '', seen].join('\n');
}
