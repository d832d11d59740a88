import type { ReleaseEvent } from '../release-events';
import { palette } from '../render/output';
import { plainRenderer } from '../render/plain';
import type { Renderer } from '../render/renderer';
import { command, harmless } from './commands';

/** The CLI's plain lines, each phase in a group of the log that can be folded. What gates print cannot command the runner. */
export function groupedRenderer(write: (text: string) => void, workflowId: string): Renderer {
  const plain = plainRenderer({ write: (text) => write(harmless(text)) }, palette(false), workflowId);
  let open: string | undefined;
  const turnTo = (group: string | undefined): void => {
    if (group === open) return;
    if (open !== undefined) write(command('endgroup', ''));
    if (group !== undefined) write(command('group', group));
    open = group;
  };
  return {
    event(event) {
      turnTo(groupOf(event) ?? open);
      plain.event(event);
    },
    end(end) {
      turnTo(undefined);
      plain.end(end);
    },
    stop: () => turnTo(undefined),
  };
}

/** Undefined for what is about no phase. */
function groupOf(event: ReleaseEvent): string | undefined {
  switch (event.kind) {
    case 'phase':
    case 'progress':
      return event.environment === undefined ? event.phase : `${event.environment}: ${event.phase}`;
    case 'gate':
      return 'gates';
    case 'approval':
      return `${event.environment}: approval`;
    case 'note':
      return undefined;
  }
}
