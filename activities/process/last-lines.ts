const LINES = 12;
const LONGEST = 2_000;

/** The end of a command's output for a cause: few lines, bounded, without the control codes of a terminal. */
export function lastLines(output: string): string {
  const plain = output
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/\r\n?/g, '\n')
    .trim();
  return plain.split('\n').slice(-LINES).join('\n').slice(-LONGEST) || '(no output)';
}
