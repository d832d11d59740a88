import { exitCodeOf } from '../release-end';
import { drawBlock, EMPTY_BLOCK, reduceBlock } from './block';
import type { Output, Palette } from './output';
import type { Renderer } from './renderer';
import { endSentence } from './sentences';

/** Running times move; faster than this nobody reads. */
const REDRAW_MS = 200;
const DEFAULT_COLUMNS = 80;

/** A compact block that is drawn over itself: phases, gates with their running times, what tasks and health say. For terminals only. */
export function liveRenderer(output: Output, colours: Palette, workflowId: string, now: () => number): Renderer {
  let block = EMPTY_BLOCK;
  let drawn = 0;
  const draw = (): void => {
    // One column less: a full line would wrap on some terminals, and then the way back up is wrong.
    const all = drawBlock(block, workflowId, now(), (output.columns ?? DEFAULT_COLUMNS) - 1, colours);
    // What has scrolled out at the top cannot be drawn over: of a block that is too high, the end is what goes on.
    const lines = all.slice(-Math.max(1, (output.rows ?? Infinity) - 1));
    output.write(`${toTop(drawn)}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  const stop = (): void => clearInterval(timer);
  return {
    event(event) {
      block = reduceBlock(block, event);
      draw();
    },
    end(end) {
      stop();
      draw();
      const paint = exitCodeOf(end) === 0 ? colours.good : colours.bad;
      output.write(`${paint(colours.bold(endSentence(end)))}\n`);
    },
    stop,
  };
}

/** Up to the first line of the block, and everything from there on cleared (ECMA-48 CUU and ED). */
function toTop(lines: number): string {
  return lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`;
}
