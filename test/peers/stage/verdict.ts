import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PythonTools } from '../../helpers/python-tools';

const JUDGED_WITHIN_MS = 60_000;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What botocore's own service model says of a recording. */
export interface Verdict {
  /** A sentence for whatever does not fit; none is as it should be. */
  findings: string[];
  /** By `service:Action`. */
  actions: Record<string, { answered: number; errors: string[] }>;
}

/** Holds a recording (see ./recorder.ts) against botocore's model, by validate.py. */
export async function judge({ python }: PythonTools, recording: string): Promise<Verdict> {
  const script = path.join(__dirname, '..', 'validate.py');
  const options = { timeout: JUDGED_WITHIN_MS, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT_BYTES } as const;
  const { stdout } = await promisify(execFile)(python, ['-B', script, recording], options);
  return JSON.parse(stdout) as Verdict;
}
