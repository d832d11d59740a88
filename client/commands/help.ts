/** Help text: command lines that can be copied. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

export const RELEASE_ARGUMENT = 'workflow id, or at least 7 digits of the commit';
