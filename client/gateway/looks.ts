import { createHash } from 'node:crypto';
import { ClientError } from '../errors';
import type { ReleaseEnd, ReleaseRef } from '../release-end';
import type { ReleaseSnapshot } from '../release-events';
import type { ReleaseSummary } from '../release-list';
import type { Releases } from '../releases';

/** Each look costs a worker a query: all who ask within this time share one. */
const SHARED_MS = 250;
/** Of a release that has ended: its end is on the server already. */
const END_LIMIT_MS = 5_000;
const MOST_RELEASES = 1_000;

/** All that a reader may see of a release: what `sluice status --json` and the end of `sluice watch --json` show. */
export interface Look {
  /** Changes with whatever else changes; the same after a restart of the gateway. */
  version: number;
  summary: ReleaseSummary;
  snapshot?: ReleaseSnapshot;
  /** Why there is no snapshot: no worker answers. */
  silence?: string;
  end?: ReleaseEnd;
}

interface Entry {
  look: Promise<Look>;
  at: number;
  last?: ReleaseSnapshot;
}

/** Looks at releases, at most one at a time for each. Reads only. */
export class Looks {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly releases: Pick<Releases, 'summary' | 'snapshot' | 'awaitOutcome'>) {}

  /** Throws a ClientError when the release is unknown or Temporal cannot be asked. */
  at(ref: Required<ReleaseRef>): Promise<Look> {
    const key = `${ref.workflowId} ${ref.runId}`;
    const known = this.entries.get(key);
    if (known !== undefined && performance.now() - known.at < SHARED_MS) return known.look;
    const entry: Entry = { look: this.look(ref, known?.last), at: Infinity, ...(known?.last && { last: known.last }) };
    this.remember(key, entry);
    entry.look.then(
      ({ snapshot }) => {
        entry.at = performance.now();
        if (snapshot) entry.last = snapshot;
      },
      () => this.entries.delete(key),
    );
    return entry.look;
  }

  /** A look under way has no age yet, so that whoever asks meanwhile shares it. */
  private remember(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > MOST_RELEASES && oldest !== undefined) this.entries.delete(oldest);
  }

  private async look(ref: Required<ReleaseRef>, before: ReleaseSnapshot | undefined): Promise<Look> {
    // First the summary: what is seen after the end is all there is.
    const summary = await this.releases.summary(ref);
    const seen = await this.snapshot(ref, before);
    const ended = summary.status !== 'RUNNING';
    const end = ended
      ? await this.releases.awaitOutcome(ref, { signal: AbortSignal.timeout(END_LIMIT_MS) })
      : undefined;
    const look = { summary, ...seen, ...(end && { end }) };
    return { version: versionOf(look), ...look };
  }

  private async snapshot(
    ref: ReleaseRef,
    before: ReleaseSnapshot | undefined,
  ): Promise<{ snapshot: ReleaseSnapshot } | { silence: string }> {
    try {
      return { snapshot: await this.releases.snapshot(ref, before) };
    } catch (error) {
      if (error instanceof ClientError) return { silence: error.message };
      throw error;
    }
  }
}

/** 48 bits, which JSON's numbers hold exactly. The time of the look is not part of what was seen. */
function versionOf(look: Omit<Look, 'version'>): number {
  const seen = JSON.stringify({ ...look, snapshot: look.snapshot && { ...look.snapshot, at: 0 } });
  return createHash('sha256').update(seen).digest().readUIntBE(0, 6);
}
