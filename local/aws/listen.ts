import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/** Listens on 127.0.0.1 and answers the port (0 takes a free one). Rejects with an Error of one sentence when it is in use. */
export async function listen(server: Server, port: number, who: string): Promise<number> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const advice = 'the port is in use; stop the program that has it or choose another port.';
    throw new Error(`${who} cannot listen on 127.0.0.1:${port}: ${advice}`);
  }
  return (server.address() as AddressInfo).port;
}

/** Cuts all connections and frees the port. */
export async function shut(server: HttpServer): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
