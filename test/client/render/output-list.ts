import type { Output } from '../../../client/render/output';

/** An output that keeps what was written. */
export interface OutputList extends Output {
  text(): string;
}

export function outputList(terminal: Pick<Output, 'isTTY' | 'columns' | 'rows'> = {}): OutputList {
  const written: string[] = [];
  return { ...terminal, write: (text) => void written.push(text), text: () => written.join('') };
}
