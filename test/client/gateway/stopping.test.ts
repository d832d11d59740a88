import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { policyFile } from '../../../client/gateway/policy-source';
import { waitForChange } from '../../../client/gateway/wait-for-change';
import { waitFor } from '../../helpers/wait-for';
import { startBench } from './stage/bench';
import { POLICY_TEXT } from './stage/policy';
import { COMMIT } from './stage/tokens';

describe('a gateway that stops', () => {
  it('ends the reads that wait with what is known, and takes nothing new', async () => {
    const bench = await startBench();
    const { ticket } = (await bench.start(await bench.push())).body;
    const release = `/v1/releases/release:shop:${COMMIT}`;
    const { version } = (await bench.get(release, String(ticket))).body;
    const before = bench.world.looks;
    const waiting = bench.get(`${release}?waitSeconds=25&since=${String(version)}`, String(ticket));
    await waitFor('it to wait', () => bench.world.looks > before);
    const closed = bench.close();
    const { status, body, headers } = await waiting;
    expect({ status, version: body['version'], connection: headers.get('connection') }).toEqual({
      status: 200,
      version,
      connection: 'close',
    });
    await closed;
    await expect(bench.send('/healthz', {})).rejects.toThrow();
  });

  it('lets a write that is under way finish', async () => {
    const bench = await startBench();
    let finish: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      const { start } = bench.world.releases;
      bench.world.releases.start = async (request) => {
        resolve();
        await new Promise<void>((done) => (finish = done));
        return start(request);
      };
    });
    const starting = bench.start(await bench.push());
    await began;
    const closed = bench.close();
    finish();
    expect((await starting).status).toBe(202);
    await closed;
  });

  it('cuts what does not finish in time', async () => {
    const bench = await startBench({ limits: { graceMs: 100 } });
    const began = new Promise<void>((resolve) => {
      bench.world.releases.start = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const starting = bench.start(await bench.push());
    starting.catch(() => undefined);
    await began;
    await bench.close();
    await expect(starting).rejects.toThrow();
  });
});

describe('a wait', () => {
  afterEach(() => jest.useRealTimers());

  it('ends with its signal, not with its pause', async () => {
    jest.useFakeTimers();
    const gone = new AbortController();
    const summary = { workflowId: '', runId: '', status: 'RUNNING', startedAt: 0 };
    const look = jest.fn(() => Promise.resolve({ version: 1, summary }));
    const waiting = waitForChange(look, { since: 1, waitMs: 25_000, signals: [gone.signal] });
    await Promise.resolve();
    gone.abort();
    expect(await waiting).toEqual({ version: 1, summary });
    expect(look).toHaveBeenCalledTimes(2);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the policy', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sluice-policy-'));
    file = path.join(folder, 'policy.yml');
    await writeFile(file, POLICY_TEXT);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read again when told so, and counts from then on', async () => {
    const bench = await startBench({ policy: await policyFile(file) });
    try {
      expect((await bench.start(await bench.push())).status).toBe(202);
      await writeFile(file, POLICY_TEXT.replace('repository-id: 1001', 'repository-id: 5005'));
      await bench.gateway.reloadPolicy();
      expect((await bench.start(await bench.push())).status).toBe(403);
      expect(bench.records.at(-2)).toMatchObject({ kind: 'note', text: 'The policy was read again.' });
    } finally {
      await bench.close();
    }
  });

  it('stays when the new one is wrong, and the log says where', async () => {
    const bench = await startBench({ policy: await policyFile(file) });
    try {
      await writeFile(file, POLICY_TEXT.replace('repository-id: 1001', 'repository-id: shop'));
      await bench.gateway.reloadPolicy();
      expect(bench.records.at(-1)).toMatchObject({
        text: expect.stringMatching(
          /^The new policy is refused and the old one stays: policy\.yml:\d+:\d+: /,
        ) as unknown,
      });
      await rm(file);
      await bench.gateway.reloadPolicy();
      expect(bench.records.at(-1)).toMatchObject({ text: expect.stringContaining('cannot be read') as unknown });
      expect((await bench.start(await bench.push())).status).toBe(202);
    } finally {
      await bench.close();
    }
  });

  it('that is wrong from the beginning starts no gateway', async () => {
    await writeFile(file, 'projects: {}\n');
    await expect(policyFile(file)).rejects.toMatchObject({ exitCode: 2 });
    await expect(policyFile(path.join(folder, 'none.yml'))).rejects.toMatchObject({ exitCode: 2 });
  });
});
