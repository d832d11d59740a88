import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import type { PhaseName, PhaseStatus } from '../model/messages';
import { LAST_LINE } from '../model/markdown';
import { phaseTable } from '../model/phase-table';

/** The phases of one workflow, as its `status` query and the Temporal UI show them. */
export interface Phases {
  list: PhaseStatus[];
  /** Starts a phase. It is answered so that its detail can change while it runs. */
  begin(phase: PhaseName, detail: string, environment?: string): OpenPhase;
  /** Markdown under the table in the Temporal UI, until it is taken away. */
  below(text: string | undefined): void;
}

export interface OpenPhase {
  say(detail: string): void;
  done(detail: string): void;
  fail(detail: string): void;
}

/** `onBegin` hears of every phase that begins, `onChange` also of their ends. */
export function createPhases(
  onBegin: (phase: PhaseName) => void = () => undefined,
  onChange: (status: PhaseStatus) => void = () => undefined,
): Phases {
  const list: PhaseStatus[] = [];
  let under: string | undefined;
  const show = (): void =>
    setCurrentDetails([phaseTable(list), ...(under === undefined ? [] : [under]), LAST_LINE].join('\n\n'));
  return {
    list,
    below(text) {
      if (text === under) return;
      under = text;
      show();
    },
    begin(phase, detail, environment) {
      const status: PhaseStatus = {
        phase,
        state: 'running',
        detail,
        startedAt: Date.now(),
        ...(environment !== undefined && { environment }),
      };
      list.push(status);
      onBegin(phase);
      onChange(status);
      show();
      const end = (state: 'done' | 'failed', text: string): void => {
        if (status.state !== 'running') return;
        Object.assign(status, { state, detail: text, endedAt: Date.now() });
        onChange(status);
        show();
      };
      return {
        say(text) {
          status.detail = text;
          show();
        },
        done: (text) => end('done', text),
        fail: (text) => end('failed', text),
      };
    },
  };
}

/** Runs `step` as a phase that is done with its own words, or failed with its own or the error's. */
export async function inPhase<T>(
  phase: OpenPhase,
  step: () => Promise<T>,
  words: (result: T) => string | { failed: string },
): Promise<T> {
  try {
    const result = await step();
    const said = words(result);
    if (typeof said === 'string') phase.done(said);
    else phase.fail(said.failed);
    return result;
  } catch (error) {
    phase.fail(wordsOf(error));
    throw error;
  }
}

/** Temporal wraps what an activity said into a sentence that says nothing. */
function wordsOf(error: unknown): string {
  const said = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return said instanceof Error ? said.message : String(said);
}
