import type { ReleaseEnd } from '../release-end';
import type { ReleaseEvent } from '../release-events';

/** Shows one release while it goes on. */
export interface Renderer {
  event(event: ReleaseEvent): void;
  /** The release ended; the renderer needs no more. */
  end(end: ReleaseEnd): void;
  /** Leaves what was shown as it is and gives the terminal back; harmless after `end`. */
  stop(): void;
}
