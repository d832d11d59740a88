import type { LogLevel } from '@temporalio/worker';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';

let installed: Runtime | undefined;

/**
 * Installs the SDK's runtime: once in a process, before anything native. Its own chatter is warnings only.
 *
 * `shutdownSignals` is empty: what a signal means is the composition root's to say.
 */
export function installRuntime(level: LogLevel, write: (line: string) => void): void {
  installed = Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger(level, ({ level: entryLevel, message, meta }) => {
      write(
        `${entryLevel.toLowerCase()}: ${message}${meta?.['error'] instanceof Error ? `: ${meta['error'].message}` : ''}`,
      );
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
}

/** Lets the process end: a runtime that nothing native was ever made with would keep it alive. Safe to repeat. */
export async function endRuntime(): Promise<void> {
  await installed?.shutdown();
}
