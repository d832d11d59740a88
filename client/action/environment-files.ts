import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';

/**
 * Values in the form that the runner reads from `GITHUB_OUTPUT` (and `GITHUB_ENV`). They end at a line that nobody can
 * guess, so that no value can end early and add others.
 * Source: GitHub's "Workflow commands for GitHub Actions", multiline strings; FileCommandManager.cs of actions/runner.
 */
export function fileCommand(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const end = `end_${randomUUID()}`;
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join('');
}

/** Appends to a file that the runner named; outside of a runner there is none, and nothing to do. */
export async function appendTo(file: string | undefined, text: string): Promise<void> {
  if (file === undefined || file === '') return;
  await appendFile(file, text, 'utf8');
}
