/** Keeps the last lines, of about this many characters together. Whole lines, so that nothing that was hidden in one is cut in two. */
export function collectTail(characters: number): { add(line: string): void; text(): string } {
  const lines: string[] = [];
  let kept = 0;
  return {
    add(line) {
      lines.push(line);
      kept += line.length + 1;
      while (lines.length > 1 && kept > characters) kept -= (lines.shift()?.length ?? 0) + 1;
    },
    text: () => lines.map((line) => `${line}\n`).join(''),
  };
}
