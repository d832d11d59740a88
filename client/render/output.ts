/** Where text goes: a process's stdout or stderr, or a test's list. */
export interface Output {
  write(text: string): void;
  isTTY?: boolean;
  /** Width of the terminal. */
  columns?: number;
  /** Height of the terminal. */
  rows?: number;
}

/** Colour is for a person's terminal only, and not for one who said no (https://no-color.org). */
export function wantsColour(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export type Palette = Record<'good' | 'bad' | 'busy' | 'faint' | 'bold', (text: string) => string>;

/** ECMA-48 "select graphic rendition" codes, or none at all. */
export function palette(enabled: boolean): Palette {
  const paint =
    (code: number) =>
    (text: string): string =>
      enabled && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { good: paint(32), bad: paint(31), busy: paint(33), faint: paint(2), bold: paint(1) };
}
