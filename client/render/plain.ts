import { exitCodeOf } from '../exit-code';
import type { ReleaseEvent } from '../release-events';
import { elapsed } from './durations';
import type { Output, Palette } from './output';
import type { Renderer } from './renderer';
import { endSentence, quotedLines, sentenceOf, subjectOf } from './sentences';

const TIME_WIDTH = 7;
const SUBJECT_WIDTH = 8;

/** One line for each event, timed from the first: `  12.3s  gates     tests passed in 1.2 s: …`. Nothing is ever taken back. */
export function plainRenderer(output: Output, colours: Palette, workflowId: string): Renderer {
  let startedAt: number | undefined;
  let lastAt = 0;
  const line = (at: number, subject: string, text: string): void => {
    lastAt = Math.max(lastAt, at);
    const time = elapsed(at - (startedAt ?? at)).padStart(TIME_WIDTH);
    output.write(`${colours.faint(time)}  ${subject.padEnd(SUBJECT_WIDTH)}  ${text}\n`);
  };
  return {
    event(event) {
      // A note has the observer's time, which may be hours after the release began.
      if (event.kind !== 'note') startedAt ??= event.at;
      line(event.at, subjectOf(event), painted(event, sentenceOf(event, workflowId), colours));
      if (event.kind !== 'gate') return;
      for (const text of quotedLines(event.tail))
        output.write(`${' '.repeat(TIME_WIDTH)}  ${colours.faint(`| ${text}`)}\n`);
    },
    end(end) {
      const paint = exitCodeOf(end) === 0 ? colours.good : colours.bad;
      line(lastAt, 'end', paint(endSentence(end)));
    },
    stop: () => undefined,
  };
}

function painted(event: ReleaseEvent, text: string, colours: Palette): string {
  if (event.kind === 'note' || event.kind === 'approval') return colours.busy(text);
  if (event.kind === 'progress') return colours.faint(text);
  if (event.state === 'failed' || event.state === 'undetermined') return colours.bad(text);
  return event.state === 'done' || event.state === 'passed' ? colours.good(text) : text;
}
