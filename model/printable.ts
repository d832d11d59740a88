/** Names that a commit chose, for a sentence: one line, bounded, nothing that a terminal would act on. */
export function printable(text: string, longest = 120): string {
  const plain = text.replaceAll(/\p{C}/gu, '?');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

/** `a, b, c and 4 more`. */
export function listed(items: readonly string[], shown: number): string {
  const rest = items.length - shown;
  return rest > 0 ? `${items.slice(0, shown).join(', ')} and ${rest} more` : items.join(', ');
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
