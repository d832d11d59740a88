// What action.yml runs, bundled into bundle.cjs by scripts/action.mjs.
import { constants } from 'node:os';
import { command } from './commands';
import { messageOf } from './failures';
import { EXIT } from '../../model/outcome';
import { run } from './run';

const cancelled = new AbortController();
const exitCodeFor = (signal: 'SIGINT' | 'SIGTERM'): number => 128 + constants.signals[signal];

// The runner's first word when a job is cancelled; whoever says it twice is in a hurry.
process.on('SIGINT', () => {
  if (cancelled.signal.aborted) process.exit(exitCodeFor('SIGINT'));
  cancelled.abort(new Error('the job was cancelled'));
});
// Its second, and what others say who do not know of the first. A release goes on without us.
process.once('SIGTERM', () => {
  process.stdout.write('sluice: this job ends; a release that it asked for goes on by itself\n');
  process.exit(exitCodeFor('SIGTERM'));
});

const world = {
  env: process.env,
  write: (text: string): void => void process.stdout.write(text),
  cancelled: cancelled.signal,
};
run(world).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stdout.write(command('error', messageOf(error), { title: 'Sluice failed in a way that it does not know' }));
    process.exitCode = EXIT.internal;
  },
);
