import type { ReleaseEnd } from '../release-end';
import type { ReleaseEvent } from '../release-events';
import { jsonRenderer } from './json';
import { liveRenderer } from './live';
import type { Output } from './output';
import { palette, wantsColour } from './output';
import { plainRenderer } from './plain';

/** Shows one release while it goes on. */
export interface Renderer {
  event(event: ReleaseEvent): void;
  /** The release ended; the renderer needs no more. */
  end(end: ReleaseEnd): void;
  /** Leaves what was shown as it is and gives the terminal back; harmless after `end`. */
  stop(): void;
}

export interface RendererOptions {
  output: Output;
  env: Readonly<Record<string, string | undefined>>;
  workflowId: string;
  json?: boolean;
  now?: () => number;
}

/** JSON lines when asked for, a live block on a terminal, plain lines everywhere else (pipes, CI logs, dumb terminals). */
export function createRenderer({ output, env, workflowId, json, now = Date.now }: RendererOptions): Renderer {
  if (json) return jsonRenderer(output, workflowId);
  const colours = palette(wantsColour(output, env));
  const live = output.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'];
  return live ? liveRenderer(output, colours, workflowId, now) : plainRenderer(output, colours, workflowId);
}
