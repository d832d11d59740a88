import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { clientError, isCredentialTrouble } from './calls';
import type { ClientError } from './errors';
import { messageOf, unreachableError, usageError } from './errors';

/** Until the first answer; longer than a TLS handshake over any sane link. */
const CONNECT_LIMIT_MS = 5_000;
const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TemporalConnection {
  client: Client;
  address: string;
  namespace: string;
  close(): Promise<void>;
}

/** Whether somebody pointed this program at a Temporal: by variable, or by a profile of Temporal's own configuration file. */
export function isTemporalConfigured(env: Environment): boolean {
  return connectConfig(env).connectionOptions.address !== undefined;
}

/**
 * Connects as Temporal's own tools do: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_*, and the
 * profile (TEMPORAL_PROFILE) of its configuration file; without any of them `localhost:7233`.
 *
 * Reads only, so it can be repeated. Throws {@link ClientError}: exit 3 when nothing answers within `limitMs`, 2 for a wrong configuration.
 */
export async function connectTemporal(env: Environment, limitMs = CONNECT_LIMIT_MS): Promise<TemporalConnection> {
  const config = connectConfig(env);
  // Not `connectionOptions` as it is: that is typed for the worker's connection, which knows options that this one does not.
  const { apiKey, tls, metadata } = config.connectionOptions;
  const address = config.connectionOptions.address ?? DEFAULT_ADDRESS;
  const namespace = config.namespace ?? DEFAULT_NAMESPACE;
  const connection = Connection.lazy({
    address,
    connectTimeout: limitMs,
    // Not the SDK's retries: they cannot be cancelled while they pause, and throw out of a timer once the connection is
    // closed. Whoever calls repeats instead (calls.ts).
    interceptors: [],
    ...(apiKey !== undefined && { apiKey }),
    ...(tls !== undefined && { tls }),
    ...(metadata !== undefined && { metadata }),
  });
  try {
    await connection.ensureConnected();
  } catch (error) {
    // `Connection.connect` would leave the channel open here, trying for ever, and the process could not end.
    await connection.close();
    throw cannotReach(address, namespace, limitMs, error);
  }
  const client = new Client({ connection, namespace });
  return { client, address, namespace, close: () => connection.close() };
}

function connectConfig(env: Environment): ReturnType<typeof loadClientConnectConfig> {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(defined) });
  } catch (error) {
    throw usageError(`Temporal's own configuration cannot be used: ${messageOf(error)}.`, error);
  }
}

function cannotReach(address: string, namespace: string, limitMs: number, error: unknown): ClientError {
  if (isCredentialTrouble(error)) return clientError(error);
  return unreachableError(
    `Cannot reach Temporal at ${address} (namespace ${namespace}) within ${limitMs / 1000} s: start it, or set TEMPORAL_ADDRESS; ` +
      'nothing was started, and the same command can be repeated safely.',
    error,
  );
}
