import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectTemporal, isTemporalConfigured } from '../../client/connect';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-connect-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function configFile(text: string): Promise<Record<string, string>> {
  const file = path.join(folder, 'temporal.toml');
  await writeFile(file, text);
  return { TEMPORAL_CONFIG_FILE: file };
}

describe('isTemporalConfigured', () => {
  it('is false in an empty environment', () => {
    expect(isTemporalConfigured({ TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml') })).toBe(false);
  });

  it('is true with an address, by variable or by profile', async () => {
    expect(isTemporalConfigured({ TEMPORAL_ADDRESS: 'temporal:7233', HOME: folder })).toBe(true);
    const env = await configFile('[profile.default]\naddress = "temporal:7233"\n');
    expect(isTemporalConfigured(env)).toBe(true);
  });

  it('says in one sentence that a profile is missing', async () => {
    const env = { ...(await configFile('[profile.default]\n')), TEMPORAL_PROFILE: 'staging' };
    expect(() => isTemporalConfigured(env)).toThrow(/^Temporal's own configuration cannot be used: .*staging/);
  });
});

describe('connectTemporal', () => {
  it('gives up on an address where nobody listens, in time, with exit code 3', async () => {
    const env = { TEMPORAL_ADDRESS: await freeAddress(), HOME: folder };
    await expect(connectTemporal(env, 500)).rejects.toMatchObject({
      exitCode: 3,
      message: `Cannot reach Temporal at ${env.TEMPORAL_ADDRESS} (namespace default) within 0.5 s: start it, or set TEMPORAL_ADDRESS; nothing was started, and the same command can be repeated safely.`,
    });
  });

  it('gives up on a server that accepts and never answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const env = { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_NAMESPACE: 'shop', HOME: folder };
      await expect(connectTemporal(env, 500)).rejects.toThrow('(namespace shop) within 0.5 s');
    } finally {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    }
  });
});

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
