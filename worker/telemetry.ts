import type { LogLevel } from '@temporalio/worker';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';

/**
 * Installs the SDK's runtime: once in a process, before anything native. Its own chatter is warnings only.
 *
 * `shutdownSignals` is empty: what a signal means is the composition root's to say.
 */
export function installRuntime(level: LogLevel, write: (line: string) => void): void {
  Runtime.install({
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
