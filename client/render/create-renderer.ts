import { jsonRenderer } from './json';
import { liveRenderer } from './live';
import type { Output } from './output';
import { palette, wantsColour } from './output';
import { plainRenderer } from './plain';
import type { Renderer } from './renderer';

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
