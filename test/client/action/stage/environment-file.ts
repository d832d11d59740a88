/**
 * Reads a file of `name=value` and `name<<END` entries as the runner does. Throws for what the runner refuses.
 * Source: FileCommandManager.cs of actions/runner.
 */
export function readEnvironmentFile(text: string): Record<string, string> {
  const lines = text.split('\n');
  const values: Record<string, string> = {};
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const [, name = '', sign, rest = ''] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? [];
    if (sign === undefined || name === '') throw new Error(`invalid format: ${line}`);
    values[name] = sign === '=' ? rest : linesBefore(lines, rest).join('\n');
  }
  return values;
}

function linesBefore(lines: string[], end: string): string[] {
  const at = lines.indexOf(end);
  if (end === '' || at < 0) throw new Error(`matching delimiter not found: ${end}`);
  const value = lines.splice(0, at);
  lines.shift();
  return value;
}
