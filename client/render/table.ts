/** Columns as wide as their widest cell, two spaces apart; the last one is free, or wrapped to what `width` leaves. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], width = Infinity): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const free = Math.max(width - before, MIN_LAST_COLUMN);
  return [head, ...rows].flatMap((row) => {
    const fixed = widths.slice(0, -1).map((each, column) => (row[column] ?? '').padEnd(each) + GAP);
    const [first = '', ...more] = wrap(row[widths.length - 1] ?? '', free);
    return [fixed.join('') + first, ...more.map((line) => ' '.repeat(before) + line)].map((line) => line.trimEnd());
  });
}

const GAP = '  ';
/** On a narrow terminal a long line that wraps by itself is better than one word a line. */
const MIN_LAST_COLUMN = 30;

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
