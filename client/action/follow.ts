import { setTimeout } from 'node:timers/promises';
import type { ReleaseEnd } from '../release-end';
import type { ReleaseSnapshot } from '../release-events';
import { deriveEvents } from '../release-events';
import type { Renderer } from '../render/renderer';
import type { Started } from './answers';
import type { GatewayClient } from './gateway-client';
import type { Wait } from './inputs';
import { patiently } from './patience';

/** The gateway holds a question that long; proxies in front of it mostly cut at 30 or 60 s. */
const LONG_POLL_SECONDS = 20;
/** Between two questions, however fast things change: the gateway counts requests. */
const LEAST_ROUND_MS = 500;

export interface FollowOptions {
  until: Exclude<Wait, 'none'>;
  renderer: Renderer;
  timeoutMs: number;
  patienceMs: number;
  signal: AbortSignal;
  /** Called with each look, so that whoever is interrupted knows what was seen last. */
  onSnapshot: (snapshot: ReleaseSnapshot) => void;
}

/** How the waiting ended: with the release, with its gates, or because it took too long. */
export type Followed = { kind: 'ended'; end: ReleaseEnd } | { kind: 'gates passed' } | { kind: 'timeout' };

/**
 * Shows a release until it ends, or as far as was asked. Reads only. Throws Away when the gateway is away for longer than
 * the patience, Refused when it does not show the release any more, and the signal's reason when that aborts.
 */
export async function follow(client: GatewayClient, started: Started, options: FollowOptions): Promise<Followed> {
  const { until, renderer, patienceMs, signal, onSnapshot } = options;
  const note = (text: string): void => renderer.event({ kind: 'note', at: Date.now(), text });
  const deadline = performance.now() + options.timeoutMs;
  let ticket = started.ticket;
  let version: number | undefined;
  let last: ReleaseSnapshot | undefined;
  let silent = false;
  for (;;) {
    const beganAt = performance.now();
    if (beganAt >= deadline) return { kind: 'timeout' };
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.ceil((deadline - beganAt) / 1000));
    // After trouble first whether it is over, then for what is new.
    const look = (failures: number) =>
      client.look({ ...started, ticket }, version, failures > 0 ? 0 : waitSeconds, signal);
    const seen = await patiently(look, { patienceMs, signal, note });
    version = seen.version;
    ticket = seen.ticket ?? ticket;

    const { snapshot, silence, end } = seen;
    if (silence !== undefined && !silent) note(`No details at the moment: ${silence}`);
    if (snapshot !== undefined) {
      if (silent) note('The release answers again.');
      deriveEvents(last, snapshot).forEach((event) => renderer.event(event));
      last = snapshot;
      onSnapshot(snapshot);
    }
    silent = silence !== undefined;
    if (end !== undefined) {
      renderer.end(end);
      return { kind: 'ended', end };
    }
    if (until === 'gates' && last !== undefined && gatesPassed(last)) return { kind: 'gates passed' };
    const restMs = LEAST_ROUND_MS - (performance.now() - beganAt);
    if (restMs > 0) await setTimeout(restMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function gatesPassed({ release }: ReleaseSnapshot): boolean {
  return release.phases.some(({ phase, state }) => phase === 'gates' && state === 'done');
}
