/** The Temporal UI cuts off half of the last line: this one, of a space that does not break, is not missed. */
export const LAST_LINE = '\u00a0';

/** Other people's words in Markdown of ours: no link, no image, no markup of theirs is drawn. */
export function plainText(text: string): string {
  return text.replace(/[\\`*_{}[\]()#!|<>~]/g, '\\$&');
}
